extension Page {
  /// The modules that a kind of page needs: its own, and those that are shared; the lesson has parts of all pages.
  static func modules(of kind: Kind) -> [(name: String, text: String)] {
    modules.filter { module in
      let owner = module.name.split(separator: "-").first.flatMap { Kind(rawValue: String($0)) }
      return owner == nil || owner == kind || kind == .lesson
    }
  }

  /// All JavaScript modules by the names under which they import each other, after `nnkit/`.
  private static var modules: [(name: String, text: String)] {
    [
      ("dom", Resource.dom_js),
      ("numbers", Resource.numbers_js),
      ("theme", Resource.theme_js),
      ("plot", Resource.plot_js),
      ("raster", Resource.raster_js),
      ("windows", Resource.windows_js),
      ("drawing", Resource.drawing_js),
      ("explain-network", Resource.explain_network_js),
      ("explain-acts", Resource.explain_acts_js),
      ("explain-window", Resource.explain_window_js),
      ("explain-panel", Resource.explain_panel_js),
      ("explain", Resource.explain_js),
      ("report-sections", Resource.report_sections_js),
      ("report-layers", Resource.report_layers_js),
      ("report-maps", Resource.report_maps_js),
      ("report-compare", Resource.report_compare_js),
      ("report", Resource.report_js),
      ("view-settings", Resource.view_settings_js),
      ("view-held", Resource.view_held_js),
      ("view-network", Resource.view_network_js),
      ("view", Resource.view_js),
    ]
  }
}
