// The mask on a picture: colours of its labels, the switch, the opacity and the names. Colours are told apart on grey.
const LABEL_COLOURS = ["#F6C445", "#4FB3F6", "#F2728C", "#6FCF7A", "#C18CF2", "#F29A4B", "#53D3C9", "#E27BD0", "#A8C84A", "#8FA3FF"]
const LEGEND = 6 // names; more of them would push the controls away
const OPACITY = 0.45

// [red, green, blue] of the label at this place, from 1.
function labelColour(place) {
  if (place <= LABEL_COLOURS.length) return [1, 3, 5].map((at) => parseInt(LABEL_COLOURS[place - 1].slice(at, at + 2), 16))
  const hue = (place * 137.508) % 360 // the golden angle: neighbours differ
  return [0, 8, 4].map((n) => {
    const k = (n + hue / 30) % 12
    return Math.round(255 * (0.62 - 0.3 * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  })
}

class MaskControls {
  constructor(viewer, mask) {
    this.viewer = viewer
    this.mask = mask
    this.element = made("div", "mask")
    this.element.setAttribute("role", "group")
    this.element.setAttribute("aria-label", "Mask")
    this.toggle = made("button", "", "Mask")
    this.toggle.onclick = () => this.show(!this.isShown)
    this.opacity = made("input")
    Object.assign(this.opacity, { type: "range", min: 0, max: 100, step: 1 })
    this.opacity.setAttribute("aria-label", "Opacity of the mask")
    this.opacity.oninput = () => this.tint(this.opacity.valueAsNumber / 100)
    this.element.append(this.toggle, this.opacity, this.legend())
    this.tint(OPACITY)
    this.show(true)
  }

  get drawn() { return this.isShown ? this.mask : null }

  legend() {
    const list = made("ul", "legend")
    list.title = "Where labels overlap, the one of the larger number is shown."
    const shown = this.mask.facts.labels.map((label, at) => ({ ...label, place: at + 1 })).filter((label) => label.voxels)
    for (const { value, name, place } of shown.slice(0, LEGEND)) {
      const item = made("li", "", name || (shown.length === 1 ? "Mask" : `Label ${value}`))
      item.title = item.textContent
      const chip = made("span", "chip")
      chip.style.background = `rgb(${labelColour(place)})`
      item.prepend(chip)
      list.append(item)
    }
    if (shown.length > LEGEND) {
      const rest = made("li", "more", `+${shown.length - LEGEND}`)
      rest.title = shown.slice(LEGEND).map(({ value, name }) => name || `Label ${value}`).join(", ")
      list.append(rest)
    }
    return list
  }

  show(isShown) {
    this.isShown = isShown
    this.toggle.setAttribute("aria-pressed", isShown)
    this.viewer.schedule()
  }

  tint(share) {
    this.opacity.value = 100 * share
    this.opacity.setAttribute("aria-valuetext", `${Math.round(100 * share)} %`)
    const cover = Math.round(255 * share) << 24
    const words = this.mask.facts.labels.map((_, at) => labelColour(at + 1)).map(([red, green, blue]) => cover | (blue << 16) | (green << 8) | red)
    this.mask.tints = new Uint32Array([0, ...words])
    this.viewer.schedule()
  }
}
