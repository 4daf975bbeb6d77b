// Moves of a large layer's weights that are put off, so that its matrix is written once in NNK_BLOCK samples.
//
// Sample by sample, SGD adds to W a product of a column and a row: the moves m_s = -rate δ_s, and the inputs x_s. Until a
// block ends these are kept instead, and sample k meets the matrix W + Σ m_s x_sᵀ, s < k, without its being written down:
//
//   z = b + W x_k + Σ m_s (x_s · x_k)        messages = Wᵀ δ_k + Σ x_s (m_s · δ_k)
//
// It is the same SGD, each sample seeing all the moves before it, by fewer trips to memory (as blocked factorizations put off
// their updates: Golub and Van Loan, "Matrix Computations", 5.2.3). The inputs of the first layer in a block is known before
// the block begins: there the products W x_k and x_s · x_k are made for all samples at once.

// Of the first layer: collects its next inputs.
INLINE void NAME(look_ahead)(const NAME(nnk_one_sample_layer) *layer, const T *inputs, const ptrdiff_t *order,
                             size_t count) {
  const size_t width = layer->fan_in, neurons = layer->neurons;
  T *x = layer->inputs;
  for (size_t s = 0; s < count; ++s) memcpy(x + s * width, inputs + (size_t)order[s] * width, width * sizeof(T));
  NAME(nnk_product)(count, neurons, width, 1, x, width, 1, layer->weights, 1, layer->row, 0, layer->ahead, neurons);
  NAME(nnk_product)(count, count, width, 1, x, width, 1, x, 1, width, 0, layer->overlaps, NNK_BLOCK);
}

// z for sample k of the block.
INLINE void NAME(combine_moved)(const NAME(nnk_one_sample_layer) *layer, int is_first, size_t k, const T *x) {
  const size_t width = layer->fan_in, neurons = layer->neurons;
  T *z = layer->z, *overlaps = layer->overlaps;
  if (is_first) {
    const T *product = layer->ahead + k * neurons;
    overlaps += k * NNK_BLOCK;
    for (size_t j = 0; j < neurons; ++j) z[j] = layer->biases[j] + product[j];
  } else {
    memcpy(layer->inputs + k * width, x, width * sizeof(T));
    memcpy(z, layer->biases, neurons * sizeof(T));
    NAME(nnk_product)(neurons, 1, width, 1, layer->weights, layer->row, 1, x, 1, 1, 1, z, 1);
    if (k > 0) NAME(nnk_product)(k, 1, width, 1, layer->inputs, width, 1, x, 1, 1, 0, overlaps, 1);
  }
  if (k > 0) NAME(nnk_product)(neurons, 1, k, 1, layer->moves, 1, neurons, overlaps, 1, 1, 1, z, 1);
}

// Adds the messages of sample k, if there is a layer before, and keeps its move.
INLINE void NAME(send_and_keep)(const NAME(nnk_one_sample_layer) *layer, size_t k, T factor, T *messages) {
  const size_t width = layer->fan_in, neurons = layer->neurons;
  const T *delta = layer->delta;
  if (messages) {
    NAME(nnk_product)(width, 1, neurons, 1, layer->weights, 1, layer->row, delta, 1, 1, 1, messages, 1);
    if (k > 0) {
      NAME(nnk_product)(k, 1, neurons, 1, layer->moves, neurons, 1, delta, 1, 1, 0, layer->overlaps, 1);
      NAME(nnk_product)(width, 1, k, 1, layer->inputs, 1, width, layer->overlaps, 1, 1, 1, messages, 1);
    }
  }
  for (size_t j = 0; j < neurons; ++j) layer->moves[k * neurons + j] = factor * delta[j];
}

// W += Σ m_s x_sᵀ over the block's `count` samples.
INLINE void NAME(move)(const NAME(nnk_one_sample_layer) *layer, size_t count) {
  const size_t width = layer->fan_in, neurons = layer->neurons;
  if (count > 0)
    NAME(nnk_product)(neurons, width, count, 1, layer->moves, 1, neurons, layer->inputs, width, 1, 1, layer->weights,
                      layer->row);
}
