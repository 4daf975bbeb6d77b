extension Page {
  /// The JavaScript modules by the names under which they import each other, after `nnkit/`.
  static var modules: [(name: String, bytes: [UInt8])] {
    [
      ("dom", PackageResources.dom_js),
      ("numbers", PackageResources.numbers_js),
      ("theme", PackageResources.theme_js),
      ("plot", PackageResources.plot_js),
      ("raster", PackageResources.raster_js),
      ("drawing", PackageResources.drawing_js),
      ("explain-network", PackageResources.explain_network_js),
      ("explain-acts", PackageResources.explain_acts_js),
      ("explain-panel", PackageResources.explain_panel_js),
      ("explain", PackageResources.explain_js),
      ("report-sections", PackageResources.report_sections_js),
      ("report-layers", PackageResources.report_layers_js),
      ("report-compare", PackageResources.report_compare_js),
      ("report", PackageResources.report_js),
      ("view-settings", PackageResources.view_settings_js),
      ("view-held", PackageResources.view_held_js),
      ("view-network", PackageResources.view_network_js),
      ("view", PackageResources.view_js),
    ]
  }
}
