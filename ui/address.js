const PAUSE_MS = 350

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const form = parentElement.querySelector("form")
  const input = parentElement.querySelector("input")
  const isNew = input.dataset.sent === undefined
  if (isNew || input.dataset.sent !== data.sent) {
    input.dataset.sent = data.sent
    input.value = isNew ? data.typed : data.url
  }
  form.className = data.disabled ? "off" : ""
  input.disabled = parentElement.querySelector("button").disabled = data.disabled
  let told = input.value
  const tell = () => {
    if (input.value === told) return
    told = input.value
    setStateValue("typed", told)
  }
  const stop = () => clearTimeout(Number(form.dataset.waiting))
  input.oninput = () => {
    stop()
    form.dataset.waiting = setTimeout(tell, PAUSE_MS)
  }
  form.onsubmit = event => {
    event.preventDefault()
    stop()
    setTriggerValue("entered", input.value)
  }
}
