import { create } from 'zustand'

export type ThemeChoice = 'light' | 'dark' | 'system'

// The same key is read before first paint by public/theme.js.
const STORAGE_KEY = 'hounsfield.theme'
const system = typeof matchMedia === 'undefined' ? null : matchMedia('(prefers-color-scheme: dark)')

function stored(): ThemeChoice {
  const value = localStorage.getItem(STORAGE_KEY)
  return value === 'light' || value === 'dark' ? value : 'system'
}

export const useTheme = create<{ choice: ThemeChoice }>(() => ({ choice: stored() }))

let held = 0

function apply(): void {
  const { choice } = useTheme.getState()
  const dark = held > 0 || choice === 'dark' || (choice === 'system' && system?.matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}

export function setTheme(choice: ThemeChoice): void {
  if (choice === 'system') localStorage.removeItem(STORAGE_KEY)
  else localStorage.setItem(STORAGE_KEY, choice)
  useTheme.setState({ choice })
  apply()
}

/** Keeps the whole page dark, whatever is chosen, until the function it returns is called: images are read in the dark. */
export function holdDark(): () => void {
  held += 1
  apply()
  return () => {
    held -= 1
    apply()
  }
}

system?.addEventListener('change', apply)
