declare module '@kitware/vtk.js/Rendering/OpenGL/Profiles/Geometry'
declare module '@kitware/vtk.js/Rendering/OpenGL/Texture/supportsNorm16Linear' {
  export default function supportsNorm16Linear(): boolean
}
