// Lung volume by threshold, without any package: in/series/*.dcm and task.json in, out/lungs.json and result.json out.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

const UNCOMPRESSED = '1.2.840.10008.1.2.1' // explicit VR, little endian
const LONG = ['OB', 'OD', 'OF', 'OL', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT'] // VRs with four bytes of length

const write = (name, value) => writeFileSync(name, JSON.stringify(value))

function refuse(code, message) {
  write('result.json', { code, message })
  process.exit(10) // the input cannot work: the person reads why
}

/** Elements of the top level by tag, as bytes. */
function parse(bytes) {
  const elements = {}
  let at = 132
  while (at + 8 <= bytes.length) {
    const tag = bytes.readUInt16LE(at).toString(16).padStart(4, '0') + bytes.readUInt16LE(at + 2).toString(16).padStart(4, '0')
    const long = LONG.includes(bytes.toString('latin1', at + 4, at + 6))
    const size = long ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6)
    at += long ? 12 : 8
    if (size === 0xffffffff) refuse('NOT_SIMPLE', 'this example reads no sequences of undefined length')
    elements[tag] = bytes.subarray(at, at + size)
    if (tag === '00020010' && text(elements[tag]) !== UNCOMPRESSED)
      refuse('COMPRESSED', 'this example reads uncompressed images only')
    at += size
  }
  return elements
}

const text = (bytes) => bytes.toString('latin1').replace(/[\0 ]+$/, '')
const numbers = (bytes) => text(bytes).split('\\').map(Number)

/** Pixels of air that no path of air connects to the border of the slice. */
function enclosed(air, columns) {
  const seen = new Uint8Array(air.length)
  const open = []
  const visit = (i) => {
    if (air[i] && !seen[i]) open.push(i), (seen[i] = 1)
  }
  const rows = air.length / columns
  for (let x = 0; x < columns; x++) visit(x), visit(x + (rows - 1) * columns)
  for (let y = 0; y < rows; y++) visit(y * columns), visit(y * columns + columns - 1)
  while (open.length) {
    const i = open.pop()
    if (i % columns) visit(i - 1)
    if ((i + 1) % columns) visit(i + 1)
    visit(i - columns), visit(i + columns)
  }
  return air.reduce((sum, is, i) => sum + (is && !seen[i]), 0)
}

const limit = JSON.parse(readFileSync('task.json')).parameters.below_hu ?? -400
const files = readdirSync('in/series')
let volume = 0
const positions = []
files.forEach((name, done) => {
  const ds = parse(readFileSync(`in/series/${name}`))
  const [slope, intercept] = [numbers(ds['00281053'])[0], numbers(ds['00281052'])[0]]
  const signed = ds['00280103'].readUInt16LE() === 1
  const columns = ds['00280011'].readUInt16LE()
  const pixels = ds['7fe00010']
  const air = new Uint8Array(ds['00280010'].readUInt16LE() * columns)
  for (let i = 0; i < air.length; i++)
    air[i] = (signed ? pixels.readInt16LE(2 * i) : pixels.readUInt16LE(2 * i)) * slope + intercept < limit
  const [row, column] = numbers(ds['00280030'])
  volume += (enclosed(air, columns) * row * column) / 1000
  positions.push(numbers(ds['00200032']))
  console.log(JSON.stringify({ progress: (100 * (done + 1)) / files.length, message: 'Counting' }))
})

// from the first to the last slice, whatever their files are called
const distance = (a, b) => Math.hypot(...a.map((value, axis) => value - b[axis]))
const farthest = (a) => positions.reduce((best, b) => (distance(a, b) > distance(a, best) ? b : best))
const end = farthest(positions[0])
volume *= distance(end, farthest(end)) / (positions.length - 1)
if (!volume) refuse('NO_AIR_FOUND', 'there is no air within the body on these slices')

const measured = { volume_ml: Math.round(volume * 10) / 10 }
write('out/lungs.json', measured)
write('result.json', {
  artifacts: [{ name: 'lungs.json', kind: 'document', content_type: 'application/json' }],
  metrics: measured,
})
