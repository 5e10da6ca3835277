import '@testing-library/jest-dom/vitest'
import { cleanup, configure } from '@testing-library/react'
import { afterEach, beforeAll, vi } from 'vitest'
import { startI18n } from '@/lib/i18n'

// What jsdom lacks of a browser.
if (typeof window !== 'undefined') {
  window.matchMedia = (query: string) =>
    ({ matches: false, media: query, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList
  window.scrollTo = () => undefined
  window.ResizeObserver = class {
    observe() {}
    unobserve() {}
    disconnect() {}
  }
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true
  }
  HTMLDialogElement.prototype.close = function () {
    this.open = false
    this.dispatchEvent(new Event('close'))
  }
}

// Pages are loaded when first visited, which takes its time on a busy machine.
configure({ asyncUtilTimeout: 20_000 })

const inBrowser = typeof window !== 'undefined'

beforeAll(() => (inBrowser ? startI18n('en') : undefined))

afterEach(() => {
  if (inBrowser) cleanup()
  vi.unstubAllGlobals()
})
