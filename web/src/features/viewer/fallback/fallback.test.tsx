import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test, vi } from 'vitest'
import { seriousFindings } from '../../../../tests/axe'
import { TooltipProvider } from '@/components/ui'
import { useSession } from '@/lib/session'
import { indexAfterKey, wheelSteps, windowAfterDrag, windowOfKey } from './moves'
import { ServerViewer } from './ServerViewer'

let asked: URLSearchParams[]

beforeEach(() => {
  asked = []
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:picture', revokeObjectURL: () => undefined }))
  vi.stubGlobal(
    'fetch',
    vi.fn((input: string) => {
      const { pathname, searchParams } = new URL(input, 'http://platform.test')
      expect(pathname).toBe('/api/v1/series/1.2.3/render')
      asked.push(searchParams)
      const headers = {
        'content-type': 'image/png',
        'x-hounsfield-index': searchParams.get('index') ?? '6',
        'x-hounsfield-count': '12',
        'x-hounsfield-orientation': 'R,L,A,P',
        'x-hounsfield-window': searchParams.get('window') ?? '40,400',
      }
      return Promise.resolve(new Response('picture', { headers }))
    }),
  )
  useSession.setState({
    status: 'signed-in',
    token: 'token',
    expiresAt: Date.now() + 900_000,
    userId: 'u1',
    ended: false,
  })
})

function open() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  return render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <ServerViewer seriesUid="1.2.3" />
      </TooltipProvider>
    </QueryClientProvider>,
  )
}

const last = (name: string) => asked.at(-1)?.get(name)

test('the middle image comes first; keys and the wheel move through the others', async () => {
  open()
  expect(await screen.findByText(/7 \/ 12/)).toBeVisible()
  expect(asked[0]!.get('plane')).toBe('stack')
  const slider = screen.getByRole('slider', { name: 'Slices: Images' })
  slider.focus()
  await userEvent.keyboard('{ArrowDown}')
  expect(await screen.findByText(/8 \/ 12/)).toBeVisible()
  await waitFor(() => expect(asked.some((query) => query.get('index') === '8')).toBe(true)) // fetched ahead
  await userEvent.keyboard('{End}{ArrowDown}')
  expect(await screen.findByText(/12 \/ 12/)).toBeVisible()
  fireEvent.wheel(slider, { deltaY: -120 })
  expect(await screen.findByText(/10 \/ 12/)).toBeVisible()
  expect(slider).toHaveAttribute('aria-valuenow', '10')
})

test('digits and the list choose windows, i inverts', async () => {
  open()
  const slider = await screen.findByRole('slider')
  await screen.findByText(/W 400 L 40/)
  slider.focus()
  await userEvent.keyboard('2')
  await waitFor(() => expect(last('window')).toBe('-600,1500'))
  expect(screen.getByRole('combobox', { name: 'Window' })).toHaveValue('lung')
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Window' }), 'Bone')
  await waitFor(() => expect(last('window')).toBe('400,2000'))
  slider.focus()
  await userEvent.keyboard('i')
  await waitFor(() => expect(last('invert')).toBe('true'))
})

test('planes and projections are asked of the server', async () => {
  open()
  await screen.findByText(/7 \/ 12/)
  await userEvent.click(screen.getByRole('button', { name: 'Planes' }))
  await waitFor(() => expect(new Set(asked.map((query) => query.get('plane')))).toContain('sagittal'))
  expect(screen.getAllByRole('slider')).toHaveLength(3)
  await userEvent.click(screen.getByRole('button', { name: 'Projections' }))
  await waitFor(() => expect(last('slab')).toBe('10000'))
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Projection' }), 'Darkest')
  await waitFor(() => expect(last('mode')).toBe('minip'))
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Slab' }), '20 mm')
  await waitFor(() => expect(last('slab')).toBe('20'))
})

test('axe finds nothing serious', async () => {
  const { container } = open()
  await screen.findByText(/7 \/ 12/)
  expect(await seriousFindings(container)).toEqual([])
})

test('moves end at the ends', () => {
  expect(indexAfterKey('PageDown', 8, 12)).toBe(11)
  expect(indexAfterKey('ArrowUp', 0, 12)).toBe(0)
  expect(indexAfterKey('x', 5, 12)).toBeNull()
  expect(windowOfKey('0')).toBeNull()
  expect(windowOfKey('x')).toBeUndefined()
  expect(wheelSteps(30, 0)).toEqual({ steps: 0, left: 0.5 })
  expect(wheelSteps(30, 0.5)).toEqual({ steps: 1, left: 0 })
  expect(windowAfterDrag({ center: 40, width: 400 }, -1000, 10)).toEqual({ center: 56, width: 1 })
})
