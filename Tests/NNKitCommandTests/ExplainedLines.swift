/// The lines that explain's page and text both have: what each number is.
enum ExplainedLines {
  /// Goes through all steps of the page, and gives all lines that it shows.
  static let ofPage = """
    const slider = document.querySelector(".bar input");
    const lines = [];
    for (let step = 0; step <= Number(slider.max); step++) {
      slider.value = step;
      slider.dispatchEvent(new Event("input"));
      lines.push(...[...document.querySelectorAll(".numbers li")].map((it) => it.textContent));
    }
    return lines;
    """

  /// What begins lines of the text that are titles.
  private static let titles = ["LOSS: ", "FORWARD: ", "BACKWARD: ", "gradients ∂L/∂w = ", "STEP: "]

  /// Those lines of a text that contain one of `parts` and are not titles, without their margin.
  static func of(_ text: String, containing parts: [String]) -> [String] {
    text.split(separator: "\n").filter { line in parts.contains { line.contains($0) } }
      .map { String($0.drop { $0 == " " }) }.filter { line in !titles.contains { line.hasPrefix($0) } }
  }
}
