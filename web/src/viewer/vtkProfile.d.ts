declare module '@kitware/vtk.js/Rendering/OpenGL/Profiles/Geometry'
