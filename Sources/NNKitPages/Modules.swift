extension Page {
  /// The JavaScript modules by the names under which they import each other, after `nnkit/`.
  static var modules: [(name: String, text: String)] {
    [
      ("dom", Resource.dom_js),
      ("numbers", Resource.numbers_js),
      ("theme", Resource.theme_js),
      ("plot", Resource.plot_js),
      ("raster", Resource.raster_js),
      ("drawing", Resource.drawing_js),
      ("explain-network", Resource.explain_network_js),
      ("explain-acts", Resource.explain_acts_js),
      ("explain-panel", Resource.explain_panel_js),
      ("explain", Resource.explain_js),
      ("report-sections", Resource.report_sections_js),
      ("report-layers", Resource.report_layers_js),
      ("report-compare", Resource.report_compare_js),
      ("report", Resource.report_js),
      ("view-settings", Resource.view_settings_js),
      ("view-held", Resource.view_held_js),
      ("view-network", Resource.view_network_js),
      ("view", Resource.view_js),
    ]
  }
}
