export { ServerViewer } from './ServerViewer'
