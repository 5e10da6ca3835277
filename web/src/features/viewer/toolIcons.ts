import type { Icon } from '@/components/ui'
import type { Tool } from '@/viewer/dicom'
import * as icons from './icons'

export const TOOL_ICONS: Record<Tool, Icon> = {
  window: icons.WindowIcon,
  scroll: icons.ScrollIcon,
  pan: icons.PanIcon,
  zoom: icons.ZoomIcon,
  rotate: icons.TurnIcon,
  region: icons.RegionIcon,
  crosshairs: icons.CrosshairIcon,
  length: icons.LengthIcon,
  angle: icons.AngleIcon,
  ellipse: icons.EllipseIcon,
  rectangle: icons.RectangleIcon,
  freehand: icons.FreehandIcon,
  polygon: icons.PolygonIcon,
  arrow: icons.ArrowIcon,
  text: icons.TextIcon,
  probe: icons.ProbeIcon,
}
