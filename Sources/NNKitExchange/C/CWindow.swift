internal import NNKit

/// The numbers of a window at one position, in C99.
enum CWindow {
  static let definition = """
    /* The numbers of one window, channel after channel, into p; returns how many. Places in the padding are 0, or left out. */
    static int net_window(const real *x, real *p, int channels, int height, int width, int kernel_height,
                          int kernel_width, int top, int left, int row_step, int column_step, int leaves_out) {
      int n = 0;
      for (int c = 0; c < channels; ++c)
        for (int i = 0; i < kernel_height; ++i)
          for (int k = 0; k < kernel_width; ++k) {
            const int row = top + i * row_step, column = left + k * column_step;
            if (row >= 0 && row < height && column >= 0 && column < width)
              p[n++] = x[(c * height + row) * width + column];
            else if (!leaves_out)
              p[n++] = 0;
          }
      return n;
    }
    """

  /// The call for the group of neuron j at the position `row`, `column`.
  static func call(_ window: SlidingWindow, perGroup count: Int, leavesPaddingOut: Bool) -> String {
    let (channels, image, padding) = (window.channels / window.groups, window.image, window.padding)
    func place(_ name: String, _ stride: Int, _ padding: Int) -> String {
      "\(name)\(stride == 1 ? "" : " * \(stride)")\(padding == 0 ? "" : " - \(padding)")"
    }
    let group = window.groups == 1 ? "x" : "x + j / \(count) * \(channels * image.count)"
    let numbers = [
      group, "window", "\(channels)", "\(image.height)", "\(image.width)", "\(window.kernel.height)",
      "\(window.kernel.width)", place("row", window.stride.height, padding.top),
      place("column", window.stride.width, padding.left), "\(window.dilation.height)", "\(window.dilation.width)",
      leavesPaddingOut ? "1" : "0",
    ]
    return "net_window(\(numbers.joined(separator: ", ")))"
  }
}
