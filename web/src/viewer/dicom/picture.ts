/** What is written into the corners of a picture that leaves the viewer. */
export interface CornerLines {
  topLeft: string[]
  topRight: string[]
  bottomLeft: string[]
  bottomRight: string[]
  edges: { top: string; bottom: string; left: string; right: string } | null
}

const MARGIN = 10
const LINE = 16

/** A pane as it is seen, with its marks and texts in it: a copy that is passed on must say whose it is. */
export async function pictureOf(element: HTMLElement, lines: CornerLines): Promise<Blob> {
  // the picture, then what lies over it
  const layers = [...element.querySelectorAll('canvas')]
  if (layers.length === 0) throw new Error('the pane has no picture')
  const { clientWidth: width, clientHeight: height } = element
  // as large as it is shown: while pictures change, a canvas may have fewer pixels
  const ratio = window.devicePixelRatio || 1
  const picture = document.createElement('canvas')
  picture.width = Math.round(width * ratio)
  picture.height = Math.round(height * ratio)
  const context = picture.getContext('2d')!
  for (const layer of layers) context.drawImage(layer, 0, 0, picture.width, picture.height)
  context.scale(ratio, ratio)
  const marks = element.querySelector<SVGSVGElement>('svg.svg-layer')
  if (marks) context.drawImage(await drawnSvg(marks, width, height), 0, 0, width, height)
  write(context, lines, width, height)
  return new Promise((resolve, reject) =>
    picture.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be made')))),
  )
}

async function drawnSvg(svg: SVGSVGElement, width: number, height: number): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`
  await image.decode()
  return image
}

function write(context: CanvasRenderingContext2D, lines: CornerLines, width: number, height: number): void {
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`
  context.textBaseline = 'top'
  context.shadowColor = '#000'
  context.shadowBlur = 3
  context.fillStyle = '#fff'
  const column = (texts: string[], right: boolean, bottom: boolean) => {
    context.textAlign = right ? 'right' : 'left'
    const top = bottom ? height - MARGIN - texts.length * LINE : MARGIN
    texts.forEach((text, i) => context.fillText(text, right ? width - MARGIN : MARGIN, top + i * LINE))
  }
  column(lines.topLeft, false, false)
  column(lines.topRight, true, false)
  column(lines.bottomLeft, false, true)
  column(lines.bottomRight, true, true)
  if (!lines.edges) return
  context.textAlign = 'center'
  context.fillText(lines.edges.top, width / 2, MARGIN)
  context.fillText(lines.edges.bottom, width / 2, height - MARGIN - LINE)
  context.fillText(lines.edges.left, MARGIN + 6, height / 2)
  context.fillText(lines.edges.right, width - MARGIN - 6, height / 2)
}
