/** Prints a picture alone on its page. */
export async function printPicture(blob: Blob): Promise<void> {
  const url = URL.createObjectURL(blob)
  const image = document.createElement('img')
  image.src = url
  image.alt = ''
  image.className = 'print-alone'
  document.body.append(image)
  try {
    await image.decode()
    window.print()
  } finally {
    image.remove()
    URL.revokeObjectURL(url)
  }
}
