const WORDS = new Set(("select from where group by order having limit offset join left right full inner outer cross on using as and or " +
  "not in is null like ilike between case when then else end distinct union all except intersect with recursive over partition asc desc " +
  "filter unnest exists true false count sum avg min max median").split(" "))
const PARTS = /('(?:[^']|'')*'?|--[^\n]*|\b[A-Za-z_][A-Za-z_0-9]*\b)/

// Every part of the text becomes a text node: nothing that is typed is ever read as HTML.
function paint(under, text) {
  under.replaceChildren(...(text + "\n").split(PARTS).map(part => {
    const span = document.createElement("span")
    span.textContent = part
    if (part.startsWith("'")) span.className = "text"
    else if (part.startsWith("--")) span.className = "remark"
    else if (WORDS.has(part.toLowerCase())) span.className = "word"
    return span
  }))
}

export default function ({ data, parentElement, setTriggerValue }) {
  const area = parentElement.querySelector("textarea")
  const under = parentElement.querySelector("pre")
  const button = parentElement.querySelector("button")
  const grow = () => {
    area.style.height = "auto"
    area.style.height = `${area.scrollHeight}px`
    paint(under, area.value)
  }
  if (area.dataset.sent !== data.sent) {
    area.dataset.sent = data.sent
    area.value = data.sql
  }
  grow()
  parentElement.querySelector(".said").textContent = data.said
  const run = () => setTriggerValue("run", area.value)
  area.oninput = grow
  button.onclick = run
  area.onkeydown = event => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    run()
  }
}
