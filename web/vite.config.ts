import { fileURLToPath, URL } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const platform = process.env.HOUNSFIELD_URL ?? 'http://127.0.0.1:8080'
const proxy = {
  '/api': { target: platform, changeOrigin: false },
  '/dicomweb': { target: platform, changeOrigin: false },
  '/socket.io': { target: platform, ws: true },
}

// As strict as the page allows; the platform sends its own policy.
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self' ws: wss:",
  "worker-src 'self' blob:",
].join('; ')

const DECODERS = [
  'codec-charls/decodewasmjs',
  'codec-libjpeg-turbo-8bit/decodewasmjs',
  'codec-libjxl/decodewasmjs',
  'codec-openjpeg/decodewasmjs',
  'codec-openjph/wasmjs',
]

/**
 * Cornerstone writes the style of its texts as an attribute, which the content policy refuses; set through the object
 * model the same style is allowed. The build fails when the line is no longer there.
 */
function styleWithoutAttribute(): Plugin {
  const before = "textElement.setAttribute('style', combinedStyle)"
  return {
    name: 'style-without-attribute',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('@cornerstonejs/tools') || !id.includes('drawTextBox.js')) return
      if (!code.includes(before)) this.error('drawTextBox has changed: look whether it still writes a style attribute')
      return { code: code.replace(before, 'textElement.style.cssText = combinedStyle'), map: null }
    },
  }
}

export default defineConfig({
  plugins: [react(), tailwindcss(), styleWithoutAttribute()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    // data: fonts are outside the content policy (default-src 'self').
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  optimizeDeps: {
    // Its worker and its decoders are found beside its own files, not beside a bundle of them.
    exclude: ['@cornerstonejs/dicom-image-loader'],
    // What they import is CommonJS all the same, which only a bundle of it can give a default export.
    include: ['dicom-parser', ...DECODERS.map((name) => `@cornerstonejs/dicom-image-loader > @cornerstonejs/${name}`)],
  },
  server: { proxy },
  preview: { proxy, headers: { 'Content-Security-Policy': policy } },
  test: {
    environment: 'jsdom',
    setupFiles: ['tests/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    testTimeout: 60_000,
    maxWorkers: 1,
  },
})
