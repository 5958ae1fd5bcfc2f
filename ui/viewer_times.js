// The slider over time, or over what else tells the volumes of a 4D series apart, and the button that plays them.
class TimeControls {
  constructor(viewer) {
    const { facts } = viewer
    this.viewer = viewer
    this.element = made("div", "times")
    const name = facts.varies_by ? `Volume by ${facts.varies_by}` : "Volume"
    this.slider = made("input")
    Object.assign(this.slider, { type: "range", min: 0, max: facts.times - 1, step: 1 })
    this.slider.setAttribute("aria-label", name)
    this.slider.oninput = () => viewer.go(AXES.time, this.slider.valueAsNumber)
    this.count = made("span", "count")
    this.player = made("button", "player", "Play")
    this.player.onclick = () => viewer.play(!viewer.isPlaying)
    this.element.append(this.player, made("span", "title", name), this.slider, this.count)
  }

  tell() {
    const { facts, at } = this.viewer
    const shown = Math.min(at[AXES.time] * facts.time_stride + 1, facts.full_times)
    this.slider.value = at[AXES.time]
    this.slider.setAttribute("aria-valuetext", `${shown} of ${facts.full_times}`)
    this.count.textContent = `${shown} / ${facts.full_times}`
  }
}
