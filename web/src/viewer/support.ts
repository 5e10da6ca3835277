/** This browser or machine cannot draw the scene. */
export class WebGLUnavailableError extends Error {
  override name = 'WebGLUnavailableError'
}

/** Whether the browser gives a WebGL 2 context; the probe's context is handed back at once. */
let found: boolean | undefined

export const webgl2Available = (): boolean => (found ??= probe())

function probe(): boolean {
  if (typeof WebGL2RenderingContext === 'undefined') return false
  const gl = document.createElement('canvas').getContext('webgl2')
  gl?.getExtension('WEBGL_lose_context')?.loseContext()
  return gl !== null
}
