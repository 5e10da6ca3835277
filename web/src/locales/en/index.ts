import admin from './admin.json'
import algorithms from './algorithms.json'
import archive from './archive.json'
import audit from './audit.json'
import auth from './auth.json'
import common from './common.json'
import models from './models.json'
import nodes from './nodes.json'
import order from './order.json'
import patients from './patients.json'
import points from './points.json'
import profile from './profile.json'
import serverViewer from './serverViewer.json'
import studies from './studies.json'
import tasks from './tasks.json'
import viewer from './viewer.json'

export default {
  admin,
  algorithms,
  archive,
  audit,
  auth,
  common,
  models,
  nodes,
  order,
  patients,
  points,
  profile,
  serverViewer,
  studies,
  tasks,
  viewer,
}
