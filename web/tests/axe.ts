import axe from 'axe-core'

/** Serious findings only: jsdom lays nothing out, so colours and sizes are judged in a real browser instead. */
export async function seriousFindings(element: Element = document.body): Promise<string[]> {
  const { violations } = await axe.run(element, { rules: { 'color-contrast': { enabled: false } } })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)
}
