import { Enums as ToolEnums, ToolGroupManager, addTool, type Types as ToolTypes } from '@cornerstonejs/tools'
import {
  AngleTool,
  ArrowAnnotateTool,
  CrosshairsTool,
  EllipticalROITool,
  LabelTool,
  LengthTool,
  PanTool,
  PlanarFreehandROITool,
  PlanarRotateTool,
  ProbeTool,
  RectangleROITool,
  SplineROITool,
  StackScrollTool,
  TrackballRotateTool,
  WindowLevelRegionTool,
  WindowLevelTool,
  ZoomTool,
} from '@cornerstonejs/tools'

/** What the left button does. */
export const NAVIGATION_TOOLS = ['window', 'scroll', 'pan', 'zoom', 'rotate', 'region', 'crosshairs'] as const
export const MEASURE_TOOLS = [
  'length',
  'angle',
  'ellipse',
  'rectangle',
  'freehand',
  'polygon',
  'arrow',
  'text',
  'probe',
] as const
export type NavigationTool = (typeof NAVIGATION_TOOLS)[number]
export type MeasureTool = (typeof MEASURE_TOOLS)[number]
export type Tool = NavigationTool | MeasureTool

const CLASS = {
  window: WindowLevelTool,
  scroll: StackScrollTool,
  pan: PanTool,
  zoom: ZoomTool,
  rotate: PlanarRotateTool,
  region: WindowLevelRegionTool,
  crosshairs: CrosshairsTool,
  length: LengthTool,
  angle: AngleTool,
  ellipse: EllipticalROITool,
  rectangle: RectangleROITool,
  freehand: PlanarFreehandROITool,
  polygon: SplineROITool,
  arrow: ArrowAnnotateTool,
  text: LabelTool,
  probe: ProbeTool,
} as const

/** Cornerstone's classes carry their name untyped. */
const named = (each: { toolName: unknown }): string => each.toolName as string

export const toolName = (tool: Tool): string => named(CLASS[tool])

const TRACKBALL = named(TrackballRotateTool)

export const toolOf = (name: string): MeasureTool | undefined => MEASURE_TOOLS.find((tool) => toolName(tool) === name)

export function registerTools(): void {
  for (const each of Object.values(CLASS)) addTool(each)
  addTool(TrackballRotateTool)
}

/** How a pane can be used: slices of a series, planes through a volume, or a solid body. */
export type PaneKind = 'stack' | 'plane' | 'body'

/** Asks for the words of an arrow or a text; nothing means that it is not wanted after all. */
export type AskText = (before: string) => Promise<string | null>

const { MouseBindings } = ToolEnums
const PRIMARY = [{ mouseButton: MouseBindings.Primary }]
const ONE_FINGER = { numTouchPoints: 1 }

export interface Toolset {
  add(viewportId: string, engineId: string, kind: PaneKind): void
  remove(viewportId: string, engineId: string): void
  choose(tool: Tool): void
  /** Crosshairs belong to planes that show one volume together. */
  setCrosshairs(on: boolean): void
  dispose(): void
}

/** The tools of all panes: one set for each kind of pane, all with the same tool in hand. */
export function createToolset(askText: AskText): Toolset {
  const groups: Record<PaneKind, ToolTypes.IToolGroup> = {
    stack: makeGroup('stack', askText),
    plane: makeGroup('plane', askText),
    body: makeBodyGroup(),
  }
  let chosen: Tool = 'window'

  const hold = (group: ToolTypes.IToolGroup, tool: Tool) => {
    const scroll = toolName('scroll')
    const held = group.getActivePrimaryMouseButtonTool()
    if (held) release(group, held)
    release(group, scroll)
    group.setToolActive(toolName(tool), { bindings: tool === 'window' ? PRIMARY : [...PRIMARY, ONE_FINGER] })
    // A finger on a picture scrolls, where a mouse would change the window.
    if (tool === 'window') group.setToolActive(scroll, { bindings: [ONE_FINGER] })
  }

  const toolset: Toolset = {
    add(viewportId, engineId, kind) {
      for (const group of Object.values(groups)) {
        if (group.getViewportIds().includes(viewportId)) group.removeViewports(engineId, viewportId)
      }
      groups[kind].addViewport(viewportId, engineId)
      toolset.choose(chosen)
    },
    remove(viewportId, engineId) {
      for (const group of Object.values(groups)) {
        if (group.getViewportIds().includes(viewportId)) group.removeViewports(engineId, viewportId)
      }
    },
    choose(tool) {
      chosen = tool
      hold(groups.stack, tool === 'crosshairs' ? 'window' : tool)
      if (tool !== 'crosshairs' || groups.plane.hasTool(toolName('crosshairs'))) hold(groups.plane, tool)
    },
    setCrosshairs(on) {
      const name = toolName('crosshairs')
      if (on) groups.plane.setToolPassive(name)
      else groups.plane.setToolDisabled(name)
    },
    dispose() {
      for (const kind of Object.keys(groups)) ToolGroupManager.destroyToolGroup(kind)
    },
  }
  return toolset
}

/** Takes a tool out of the hand; what the wheel, another button or more fingers do stays. */
function release(group: ToolTypes.IToolGroup, name: string): void {
  group.setToolPassive(name, { removeAllBindings: true })
  const rest = STANDING[name]
  if (rest) group.setToolActive(name, { bindings: rest })
}

const STANDING: Record<string, ToolTypes.IToolBinding[]> = {
  [toolName('scroll')]: [{ mouseButton: MouseBindings.Wheel }],
  [toolName('pan')]: [{ mouseButton: MouseBindings.Auxiliary }],
  [toolName('zoom')]: [{ mouseButton: MouseBindings.Secondary }, { numTouchPoints: 2 }],
  [toolName('window')]: [{ numTouchPoints: 3 }],
}

function makeGroup(kind: 'stack' | 'plane', askText: AskText): ToolTypes.IToolGroup {
  const group = ToolGroupManager.createToolGroup(kind)!
  const ask = (done: (text: string | null) => void, before = '') => void askText(before).then(done)
  for (const tool of Object.keys(CLASS) as Tool[]) {
    if (tool !== 'crosshairs' || kind === 'plane') group.addTool(toolName(tool), configuration(tool, ask))
  }
  for (const [name, bindings] of Object.entries(STANDING)) group.setToolActive(name, { bindings })
  for (const tool of MEASURE_TOOLS) group.setToolPassive(toolName(tool))
  return group
}

function configuration(tool: Tool, ask: (done: (text: string | null) => void, before?: string) => void): object {
  const changeText = (data: { text?: string } | undefined, _event: unknown, done: (text: string | null) => void) =>
    ask(done, data?.text)
  if (tool === 'arrow') return { getTextCallback: ask, changeTextCallback: changeText, arrowHeadStyle: 'standard' }
  if (tool === 'text') return { getTextCallback: ask, changeTextCallback: changeText }
  if (tool === 'polygon') return { spline: { type: SplineROITool.SplineTypes.Linear }, calculateStats: true }
  if (tool === 'freehand') return { calculateStats: true, allowOpenContours: false }
  if (tool === 'zoom') return { zoomToCenter: false, invert: false }
  if (tool === 'scroll') return { loop: false, debounceIfNotLoaded: true }
  return {}
}

function makeBodyGroup(): ToolTypes.IToolGroup {
  const group = ToolGroupManager.createToolGroup('body')!
  for (const name of [TRACKBALL, toolName('pan'), toolName('zoom')]) group.addTool(name)
  group.setToolActive(TRACKBALL, { bindings: [...PRIMARY, ONE_FINGER] })
  group.setToolActive(toolName('pan'), { bindings: STANDING[toolName('pan')]! })
  group.setToolActive(toolName('zoom'), {
    bindings: [...STANDING[toolName('zoom')]!, { mouseButton: MouseBindings.Wheel }],
  })
  return group
}
