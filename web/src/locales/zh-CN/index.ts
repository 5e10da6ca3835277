import admin from './admin.json'
import algorithms from './algorithms.json'
import archive from './archive.json'
import auth from './auth.json'
import common from './common.json'
import models from './models.json'
import order from './order.json'
import points from './points.json'
import profile from './profile.json'
import studies from './studies.json'
import tasks from './tasks.json'
import viewer from './viewer.json'

export default { admin, algorithms, archive, auth, common, models, order, points, profile, studies, tasks }
export default { admin, algorithms, auth, common, models, order, points, profile, studies, tasks, viewer }
