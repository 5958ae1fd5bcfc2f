// A packed volume in the browser: its facts, its voxels, the mask on it, and the planes cut from them. No drawing here.
const AXES = { sagittal: 0, coronal: 1, axial: 2, time: 3 }

function factsOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = 4 + view.getUint32(0, true)
  return { facts: JSON.parse(new TextDecoder().decode(bytes.subarray(4, end))), end }
}

async function inflated(bytes, dtype) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))
  const raw = await new Response(stream).arrayBuffer()
  const types = { uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array }
  return new types[dtype](raw)
}

async function unpack(bytes) {
  const { facts, end } = factsOf(bytes)
  return { facts, voxels: await inflated(bytes.subarray(end, end + facts.voxels_bytes), facts.dtype) }
}

// The mask lies behind the voxels; null where there is none.
async function unpackMask(bytes) {
  const { facts, end } = factsOf(bytes)
  if (!facts.mask) return null
  return { facts: facts.mask, voxels: await inflated(bytes.subarray(end + facts.voxels_bytes), facts.mask.dtype) }
}

// One plane: which axis it cuts, how it lies on the screen, and the letters at its edges (left, right, top, bottom).
function planeOf(name, facts) {
  const [columns, rows, places] = facts.size
  const [dx, dy, dz] = facts.spacing_mm || [1, facts.kind === "volume" ? 1 : facts.pixel_aspect, 1]
  const up = facts.is_oriented // the head belongs to the top; places of an unknown direction run downwards
  const letters = facts.is_oriented
  const shapes = {
    axial: { title: letters ? "Axial" : "As stored", across: columns, down: rows, stepAcross: dx, stepDown: dy, edges: "RLAP" },
    coronal: { title: letters ? "Coronal" : "Across rows", across: columns, down: places, stepAcross: dx, stepDown: dz, edges: "RLSI" },
    sagittal: { title: letters ? "Sagittal" : "Across columns", across: rows, down: places, stepAcross: dy, stepDown: dz, edges: "APSI" },
  }
  const axis = AXES[name]
  return { ...shapes[name], name, axis, flipped: up && name !== "axial", edges: letters ? shapes[name].edges : "",
    count: facts.size[axis], stride: facts.strides[axis], fullCount: facts.full_size[axis] }
}

// Where the plane's pixels begin in the voxels and how far apart they lie, as [start, stepAcross, stepDown].
function strideOf(plane, facts, index) {
  const [columns, rows, places] = facts.size
  const along = [1, columns, columns * rows]
  const across = along[plane.axis === 0 ? 1 : 0]
  const down = along[plane.axis === 2 ? 1 : 2]
  const start = index * along[plane.axis]
  return plane.flipped ? [start + (places - 1) * down, across, -down] : [start, across, down]
}

// Grey shades of every possible voxel under a window, as RGBA words: one look-up a pixel.
function shadesOf(facts, low, high) {
  const first = facts.dtype === "int16" ? -32768 : 0
  const shades = new Uint32Array(facts.dtype === "uint8" ? 256 : 65536)
  const scale = 255 / Math.max(high - low, 1e-9)
  for (let number = 0; number < shades.length; number++) {
    const value = (number + first) * facts.slope + facts.intercept
    const grey = Math.max(0, Math.min(255, (value - low) * scale)) | 0
    shades[number] = 0xff000000 | ((facts.is_inverted ? 255 - grey : grey) * 0x010101)
  }
  return { shades, first }
}

function paint(pixels, plane, volume, [index, time], look) {
  const { facts, voxels } = volume
  const [start, across, down] = strideOf(plane, facts, index)
  const volumeSize = facts.size[0] * facts.size[1] * facts.size[2]
  const base = time * volumeSize
  let at = 0
  for (let row = 0; row < plane.down; row++) {
    let from = start + row * down
    for (let column = 0; column < plane.across; column++, from += across) {
      if (facts.channels === 3) {
        const colour = 3 * (base + from)
        pixels[at++] = 0xff000000 | (voxels[colour + 2] << 16) | (voxels[colour + 1] << 8) | voxels[colour]
      } else pixels[at++] = look.shades[voxels[base + from] - look.first]
    }
  }
}

// The labels alone, clear where there is none: mask.tints holds each one's colour and how much it covers.
function paintLabels(pixels, plane, { facts }, [index, time], mask) {
  const [start, across, down] = strideOf(plane, facts, index)
  const base = mask.facts.times > 1 ? time * facts.size[0] * facts.size[1] * facts.size[2] : 0
  let at = 0
  for (let row = 0; row < plane.down; row++) {
    let from = base + start + row * down
    for (let column = 0; column < plane.across; column++, from += across) pixels[at++] = mask.tints[mask.voxels[from]]
  }
}
