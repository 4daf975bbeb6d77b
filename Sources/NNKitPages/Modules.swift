extension Page {
  /// The modules that a kind of page needs: its own, and those that are shared.
  static func modules(of kind: Kind) -> [(name: String, bytes: [UInt8])] {
    modules.filter { module in
      let owner = module.name.split(separator: "-").first.flatMap { Kind(rawValue: String($0)) }
      return owner == nil || owner == kind
    }
  }

  /// All JavaScript modules by the names under which they import each other, after `nnkit/`.
  private static var modules: [(name: String, bytes: [UInt8])] {
    [
      ("dom", PackageResources.dom_js),
      ("numbers", PackageResources.numbers_js),
      ("theme", PackageResources.theme_js),
      ("plot", PackageResources.plot_js),
      ("raster", PackageResources.raster_js),
      ("windows", PackageResources.windows_js),
      ("drawing", PackageResources.drawing_js),
      ("explain-network", PackageResources.explain_network_js),
      ("explain-acts", PackageResources.explain_acts_js),
      ("explain-window", PackageResources.explain_window_js),
      ("explain-panel", PackageResources.explain_panel_js),
      ("explain", PackageResources.explain_js),
      ("report-sections", PackageResources.report_sections_js),
      ("report-layers", PackageResources.report_layers_js),
      ("report-maps", PackageResources.report_maps_js),
      ("report-compare", PackageResources.report_compare_js),
      ("report", PackageResources.report_js),
      ("view-settings", PackageResources.view_settings_js),
      ("view-held", PackageResources.view_held_js),
      ("view-network", PackageResources.view_network_js),
      ("view", PackageResources.view_js),
    ]
  }
}
