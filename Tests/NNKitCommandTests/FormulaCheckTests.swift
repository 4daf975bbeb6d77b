import Testing

/// Formulas of plugins that are not true: `explain` does not show them as equations.
@Suite struct FormulaCheckTests {
  /// a = z³, with formulas to be put in.
  private static func cube(_ formula: String, _ derivative: String) -> String {
    """
    #include <nnkit/plugin.h>
    static int evaluate(const double *p, const nnkit_block *b, const double *z, double *a) {
      NNKIT_EACH(b, i) a[i] = p[0] * z[i] * z[i] * z[i];
      return 0;
    }
    static int backward(const double *p, const nnkit_block *b, const double *z, const double *a, const double *received,
                        double *delta) {
      NNKIT_EACH(b, i) delta[i] = received[i] * 3 * p[0] * z[i] * z[i];
      return 0;
    }
    static const nnkit_parameter parameters[] = {{"size", "a factor", 1, -2, 2, 0, 0}};
    static const nnkit_activation cube = {
      .function = {sizeof(nnkit_activation), NNKIT_ACTIVATION, "cube", "the cube", "\(formula)", NULL, parameters, 1, 0,
                   {NULL, NULL, NULL, NULL}},
      .evaluate = evaluate, .backward = backward, .derivative = \(derivative)};
    NNKIT_PLUGIN("a tester", "CC0-1.0", "1", &cube.function)
    """
  }

  @Test("explain never shows an equation that is not true: the number, and what the formula gives")
  func untrue() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(
      """
      data: {train: {inline: [{input: [0.5], target: [1]}]}}
      network: {layers: [{neurons: 1, activation: cube, weights: [[2]], biases: [1]}]}
      loss: half_squared_error
      """, to: "cube.yaml")
    func explained(_ source: String) throws -> String {
      try Checkout.compile(source, to: folder.path("cube.so"))
      let command = try Command("explain", config, "--plugin-path", folder.path)
      #expect(command.code == 0, "\(command.errors)")
      return command.output
    }
    // z = 2, so a = 8 and f′ = 12.
    let right = try explained(Self.cube("a = size z^3", "\"f'(z) = 3 size z²\""))
    #expect(right.contains("a = size z^3 = 1·2^3 = 8\n") && right.contains("f′(z) = 3 size z² = 3·1·2^2 = 12\n"))
    let wrong = try explained(Self.cube("a = size z^3", "\"f'(z) = 2 size z²\""))
    #expect(wrong.contains("f′(z) = 12, as the code computes it; `2 size z²` gives 8 for these numbers"), "\(wrong)")
    let none = try explained(Self.cube("a = the cube of z", "NULL"))
    #expect(none.contains("f′(z) = 12, as cube gives it, which states no formula"), "\(none)")
    #expect(
      none.contains("a = 8, as cube gives it; it states `a = the cube of z`, which is not written as formulas are"))
  }
}
