// Pooling over windows. The file includes itself once for each precision.
#ifndef T
#include "CKernels.h"
#include "clones.h"

// The first of `size` taps from `start` on, `step` apart, that is at least 0, and the end of those that are below `count`.
static inline void inside(size_t start, size_t padding, size_t size, size_t step, size_t count, size_t *from, size_t *to) {
  size_t first = 0, end = size;
  while (first < size && start + first * step < padding) ++first;
  while (end > first && start + (end - 1) * step >= padding + count) --end;
  *from = first, *to = end;
}

// So many samples are shared out at a time.
#define SOME 64

#define BODY "pooling.c"
#include "precisions.h"

#else

CLONES void NAME(nnk_pool)(const nnk_pool *pool, size_t channels, const T *x, T *z, T *room) {
  const size_t samples = pool->samples, wide = pool->width * samples;
  for (size_t channel = 0; channel < channels; ++channel) {
    const T *image = x + channel * pool->height * wide;
    for (size_t row = 0; row < pool->rows; ++row) {
      size_t above, below;
      inside(row * pool->stride_height, pool->padding_top, pool->kernel_height, pool->dilation_height, pool->height,
             &above, &below);
      const T *first = image + (row * pool->stride_height + above * pool->dilation_height - pool->padding_top) * wide;
      // First down the columns of the image, along whole rows of it; then across.
      const T *folded = first;
      for (size_t tap = above + 1; tap < below; ++tap) {
        const T *next = first + (tap - above) * pool->dilation_height * wide;
        if (pool->is_maximum) {
          for (size_t i = 0; i < wide; ++i) room[i] = next[i] > folded[i] ? next[i] : folded[i];
        } else {
          for (size_t i = 0; i < wide; ++i) room[i] = folded[i] + next[i];
        }
        folded = room;
      }
      for (size_t column = 0; column < pool->columns; ++column, z += samples) {
        size_t left, right;
        inside(column * pool->stride_width, pool->padding_left, pool->kernel_width, pool->dilation_width, pool->width,
               &left, &right);
        const size_t step = pool->dilation_width * samples;
        const T *run =
            folded + (column * pool->stride_width + left * pool->dilation_width - pool->padding_left) * samples;
        if (right - left == 2 && pool->is_maximum) {
          const T *other = run + step;
          for (size_t s = 0; s < samples; ++s) z[s] = other[s] > run[s] ? other[s] : run[s];
          continue;
        }
        for (size_t s = 0; s < samples; ++s) z[s] = run[s];
        for (size_t tap = left + 1; tap < right; ++tap) {
          const T *next = run + (tap - left) * step;
          if (pool->is_maximum) {
            for (size_t s = 0; s < samples; ++s) z[s] = next[s] > z[s] ? next[s] : z[s];
          } else {
            for (size_t s = 0; s < samples; ++s) z[s] += next[s];
          }
        }
        if (!pool->is_maximum) {
          const T count = (T)((below - above) * (right - left));
          for (size_t s = 0; s < samples; ++s) z[s] /= count;
        }
      }
    }
  }
}

CLONES void NAME(nnk_pool_back)(const nnk_pool *pool, size_t channels, const T *x, const T *z, const T *delta,
                                T *messages, int overwrites) {
  const size_t samples = pool->samples, wide = pool->width * samples;
  T open[SOME];
  for (size_t channel = 0; channel < channels; ++channel) {
    const size_t image = channel * pool->height * wide;
    for (size_t row = 0; row < pool->rows; ++row) {
      size_t above, below;
      inside(row * pool->stride_height, pool->padding_top, pool->kernel_height, pool->dilation_height, pool->height,
             &above, &below);
      const size_t top = row * pool->stride_height - pool->padding_top;
      for (size_t column = 0; column < pool->columns; ++column, z += samples, delta += samples) {
        size_t left, right;
        inside(column * pool->stride_width, pool->padding_left, pool->kernel_width, pool->dilation_width, pool->width,
               &left, &right);
        const size_t start = column * pool->stride_width - pool->padding_left;
        const T count = (T)((below - above) * (right - left));
        for (size_t some = 0; some < samples; some += SOME) {
          const size_t n = samples - some < SOME ? samples - some : SOME;
          // What no tap has got yet; of a mean each gets the same.
          for (size_t s = 0; s < n; ++s) open[s] = pool->is_maximum ? delta[some + s] : delta[some + s] / count;
          for (size_t down = above; down < below; ++down) {
            for (size_t across = left; across < right; ++across) {
              const size_t place = image + (top + down * pool->dilation_height) * wide +
                                   (start + across * pool->dilation_width) * samples + some;
              const T *restrict xs = x + place;
              const T *restrict zs = z + some;
              T *restrict to = messages + place;
              if (pool->is_maximum && overwrites) {
                for (size_t s = 0; s < n; ++s) {
                  const T share = xs[s] == zs[s] ? open[s] : 0;
                  open[s] = xs[s] == zs[s] ? 0 : open[s];
                  to[s] = share;
                }
              } else if (pool->is_maximum) {
                for (size_t s = 0; s < n; ++s) {
                  const T share = xs[s] == zs[s] ? open[s] : 0;
                  open[s] = xs[s] == zs[s] ? 0 : open[s];
                  to[s] += share;
                }
              } else if (overwrites) {
                for (size_t s = 0; s < n; ++s) to[s] = open[s];
              } else {
                for (size_t s = 0; s < n; ++s) to[s] += open[s];
              }
            }
          }
        }
      }
    }
  }
}

#endif
