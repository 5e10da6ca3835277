// Copies the API browser (swagger-ui-dist) into the built page: nothing may come from another host.
import { copyFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const from = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const to = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '..', 'dist', 'assets', 'api-docs')
mkdirSync(to, { recursive: true })
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE']) {
  copyFileSync(join(from, name), join(to, name))
}
