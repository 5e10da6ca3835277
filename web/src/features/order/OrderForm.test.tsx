import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { expect, test, vi } from 'vitest'
import { seriousFindings } from '../../../tests/axe'
import { fakePlatform } from '../../../tests/fakePlatform'
import { balance, surface } from '../../../tests/samples'
import { ApiError } from '@/lib/api'
import type { Order } from '@/lib/api/orders'
import { OrderForm } from './OrderForm'
import { BLANK } from './useDraft'

function show(props: { onOrder?: (order: Order) => void; error?: unknown } = {}, algorithm = surface) {
  fakePlatform({
    'GET /algorithms': () => ({ json: { items: [algorithm] } }),
    'GET /points/balance': () => ({ json: balance }),
  })
  function Form() {
    const [draft, setDraft] = useState(BLANK)
    return (
      <OrderForm
        draft={draft}
        onChange={setDraft}
        onOrder={props.onOrder ?? (() => undefined)}
        namePlaceholder="trunk"
        submitLabel="Order"
        error={props.error}
      />
    )
  }
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Form />
    </QueryClientProvider>,
  )
  return userEvent.setup()
}

test('the form follows the schema, and an untouched form orders the defaults', async () => {
  const onOrder = vi.fn()
  const user = show({ onOrder })
  expect(await screen.findByRole('group', { name: 'Tissues' })).toBeInTheDocument()
  expect(screen.getByRole('textbox', { name: 'Smoothing' })).toHaveValue('0.5')
  expect(screen.getByRole('checkbox', { name: 'Decimate' })).not.toBeChecked()
  expect(await seriousFindings()).toEqual([])
  await user.click(screen.getByRole('button', { name: 'Order' }))
  expect(onOrder).toHaveBeenCalledWith({
    task_type: 'ct_surface',
    name: 'trunk',
    parameters: {
      tissues: 'auto',
      ranges: { bone: [200, 3000] },
      smoothing: 0.5,
      views: ['front'],
      quality: 'fine',
      decimate: false,
    },
  })
})

test('an own choice of tissues is ordered in the order of the schema', async () => {
  const onOrder = vi.fn<(order: Order) => void>()
  const user = show({ onOrder })
  const tissues = await screen.findByRole('group', { name: 'Tissues' })
  await user.selectOptions(within(tissues).getByRole('combobox'), 'Choose…')
  await user.click(within(tissues).getByRole('checkbox', { name: 'Bone' }))
  await user.click(within(tissues).getByRole('checkbox', { name: 'Bone' }))
  await user.click(screen.getByRole('button', { name: 'Order' }))
  expect(onOrder.mock.calls[0]?.[0].parameters.tissues).toEqual(['bone', 'skin'])
})

test('a value out of bounds is named and nothing is ordered', async () => {
  const onOrder = vi.fn()
  const user = show({ onOrder })
  const field = await screen.findByRole('textbox', { name: 'Smoothing' })
  await user.clear(field)
  await user.type(field, '1.5')
  await user.click(screen.getByRole('button', { name: 'Order' }))
  expect(onOrder).not.toHaveBeenCalled()
  expect(field).toBeInvalid()
  expect(screen.getByText('At most 1.')).toBeInTheDocument()
})

test('the price and what is left stand beside the button', async () => {
  show()
  expect(await screen.findByText('10 low points')).toBeInTheDocument()
  expect(await screen.findByText('20')).toBeInTheDocument()
})

test('one point is not called many', async () => {
  show({}, { ...surface, price: { amount: 1, units: ['POINT_LOW'], mode: 'prepaid_mode' } })
  expect(await screen.findByText('1 low point')).toBeInTheDocument()
})

test('too few points are named with their number', async () => {
  show({}, { ...surface, price: { amount: 100, units: ['POINT_LOW'], mode: 'prepaid_mode' } })
  expect(await screen.findByText('70 low points missing')).toBeInTheDocument()
})

test('a refusal is shown in full', async () => {
  const error = new ApiError({
    title: 'Payment required',
    status: 402,
    detail: 'This costs 10 low points; you have 3.',
    code: 'INSUFFICIENT_POINTS',
  })
  show({ error })
  expect(await screen.findByRole('alert')).toHaveTextContent('This costs 10 low points; you have 3.')
})
