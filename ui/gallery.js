// A page of tiles in one message. Each is a button: Enter or a click says which series to open.
const element = (tag, name, text) => {
  const made = document.createElement(tag)
  if (name) made.className = name
  if (text) made.textContent = text // never innerHTML: paths and labels come from data
  return made
}

const picture = (tile) => {
  const frame = element("span", "picture")
  if (tile.image) {
    const image = element("img")
    image.src = tile.image
    image.alt = tile.shows
    frame.append(image)
  } else {
    frame.append(element("span", "missing", tile.missing))
  }
  frame.style.borderBottomColor = tile.line
  if (tile.shape) frame.append(element("span", "tag shape", tile.shape))
  if (tile.finding) {
    const finding = element("span", "tag finding", tile.finding)
    finding.style.color = tile.findingColour
    frame.append(finding)
  }
  return frame
}

const button = (tile, open) => {
  const made = element("button")
  made.type = "button"
  made.setAttribute("aria-label", tile.said)
  made.title = tile.path || tile.shows
  made.append(picture(tile))
  const words = element("span", "words")
  const chip = element("span", "chip")
  chip.style.background = tile.colour
  words.append(chip, element("span", "group", tile.group), element("span", "anatomy", tile.anatomy))
  const path = element("span", "path")
  path.append(element("bdi", "", tile.path))
  made.append(words, path)
  made.onclick = () => open(tile.id)
  return made
}

// Arrows go from tile to tile, as the eye does; Tab still goes through them one by one.
const moved = (grid, event) => {
  const tiles = [...grid.querySelectorAll("button")]
  const at = tiles.findIndex((tile) => tile.matches(":focus"))
  const inARow = tiles.filter((tile) => tile.offsetTop === tiles[0]?.offsetTop).length
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + inARow, ArrowUp: at - inARow, Home: 0, End: tiles.length - 1 }[event.key]
  if (at < 0 || !tiles[to]) return
  event.preventDefault()
  tiles[to].focus()
}

export default function ({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".grid")
  const turned = grid.dataset.page !== undefined && grid.dataset.page !== data.page
  grid.dataset.page = data.page
  grid.dataset.size = data.size
  grid.setAttribute("aria-label", data.name)
  grid.replaceChildren(
    ...data.tiles.map((tile) => {
      const item = element("li", "tile")
      item.append(button(tile, (id) => setTriggerValue("opened", id)))
      return item
    }),
  )
  grid.onkeydown = (event) => moved(grid, event)
  // Whoever turned the page from below its last row starts the next one at its first.
  if (turned && grid.getBoundingClientRect().top < 0) grid.scrollIntoView({ block: "start" })
}
