/** What a search may be narrowed to. */
export const MODALITIES = ['CT', 'MR', 'PT', 'CR', 'DX', 'US', 'MG', 'XA', 'NM', 'SEG', 'SR']
