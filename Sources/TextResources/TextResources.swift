import Foundation
import PackagePlugin

/// Gives a target the texts of its folder Resources, each as a Swift string: `page.html` becomes `Resource.page_html`.
///
/// The target excludes the folder, in which Swift and C files may be texts too.
/// SwiftPM's own way, `embedInCode`, writes every byte as a number, which takes the compiler 20 s where this takes 1.
@main struct TextResources: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let folder = target.directoryURL.appending(path: "Resources")
    let texts = (FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects ?? [])
      .compactMap { $0 as? URL }.filter { !$0.pathExtension.isEmpty }.sorted { $0.path < $1.path }
    let source = context.pluginWorkDirectoryURL.appending(path: "Resource.swift")
    return [
      .buildCommand(
        displayName: "Writing the texts of \(target.name) as Swift strings", executable: URL(filePath: "/bin/sh"),
        arguments: ["-ec", Self.script, "sh", source.path] + texts.map(\.path), inputFiles: texts, outputFiles: [source]
      )
    ]
  }

  // The first argument is the file to write, the others are the texts. The line break before the closing quotes belongs
  // to them and not to the text.
  private static let script = ####"""
    output=$1
    shift
    {
      echo 'enum Resource {'
      for text; do
        printf '  static let %s = ###"""\n' "$(basename "$text" | tr '.-' '__')"
        cat "$text"
        printf '\n"""###\n'
      done
      echo '}'
    } > "$output"
    """####
}
