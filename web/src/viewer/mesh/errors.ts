/** The file is not a mesh this viewer can read. */
export class MeshFormatError extends Error {
  override name = 'MeshFormatError'
}
