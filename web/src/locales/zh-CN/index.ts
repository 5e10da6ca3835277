import admin from './admin.json'
import algorithms from './algorithms.json'
import auth from './auth.json'
import common from './common.json'
import models from './models.json'
import order from './order.json'
import points from './points.json'
import profile from './profile.json'
import studies from './studies.json'
import tasks from './tasks.json'

export default { admin, algorithms, auth, common, models, order, points, profile, studies, tasks }
