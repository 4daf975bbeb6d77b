internal import CZlib

/// A grey picture in PNG (https://www.w3.org/TR/png-3): grey pixels, or colours that are all grey; not interlaced.
struct PNGFile {
  static let mark: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  let width: Int
  let height: Int
  private let depth: Int
  private let colour: Colour
  private let palette: [UInt8]
  private let packed: [UInt8]
  private let file: String

  /// PNG's colour types.
  private enum Colour: UInt8 {
    case grey = 0
    case rgb = 2
    case palette = 3
    case greyAlpha = 4
    case rgba = 6

    var channels: Int {
      switch self {
      case .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb: 3
      case .rgba: 4
      }
    }

    var depths: [Int] {
      switch self {
      case .grey: [1, 2, 4, 8, 16]
      case .palette: [1, 2, 4, 8]
      case .rgb, .greyAlpha, .rgba: [8, 16]
      }
    }
  }

  /// - Throws: `DataError` if a part is damaged or missing, or of a kind that is not read here.
  init(_ bytes: [UInt8], file: String) throws {
    func damaged(_ what: String) -> DataError {
      DataError("the PNG is damaged: \(what); copy the file again", file: file)
    }
    guard bytes.starts(with: Self.mark) else { throw damaged("its first 8 bytes are not those of a PNG") }
    var (header, palette, packed): ([UInt8]?, [UInt8], [UInt8]) = (nil, [], [])
    var position = Self.mark.count
    var hasEnd = false
    while position + 12 <= bytes.count, !hasEnd {
      let length = Int(bytes.bigEndian(at: position, count: 4))
      guard length <= bytes.count - position - 12 else { throw damaged("it breaks off") }
      let type = bytes[position + 4..<position + 8]
      let content = bytes[position + 8..<position + 8 + length]
      let sum = bytes[position + 4..<position + 8 + length].withUnsafeBufferPointer {
        crc32(0, $0.baseAddress, UInt32($0.count))
      }
      guard UInt(sum) == UInt(bytes.bigEndian(at: position + 8 + length, count: 4)) else {
        throw damaged("the checksum of its part at byte \(position) is wrong")
      }
      switch String(decoding: type, as: UTF8.self) {
      case "IHDR": header = Array(content)
      case "PLTE": palette = Array(content)
      case "tRNS": throw DataError("the PNG has transparent colours; save it without", file: file)
      case "IDAT": packed += content
      case "IEND": hasEnd = true
      default: break
      }
      position += 12 + length
    }
    guard hasEnd, let header, header.count == 13 else { throw damaged("it breaks off") }
    let size = (Int(header.bigEndian(at: 0, count: 4)), Int(header.bigEndian(at: 4, count: 4)))
    guard let colour = Colour(rawValue: header[9]), colour.depths.contains(Int(header[8])), header[10] == 0,
      header[11] == 0, size.0 > 0, size.1 > 0, size.0 <= GreyPicture.limit / size.1
    else { throw damaged("its header cannot be one") }
    guard header[12] == 0 else { throw DataError("the PNG is interlaced; save it without", file: file) }
    (width, height, depth, self.colour) = (size.0, size.1, Int(header[8]), colour)
    (self.palette, self.packed, self.file) = (palette, packed, file)
  }

  /// The pixels, 0...255.
  ///
  /// - Throws: `DataError` if the data are damaged, or a pixel has a colour or is transparent.
  func greyValues() throws -> [Double] {
    let lines = try unfiltered()
    let greatest = Double(1 << depth - 1)
    let samples = width * colour.channels
    let bytes = lines.count / height
    func sample(_ row: Int, _ index: Int) -> Int {
      let start = row * bytes
      if depth == 16 { return Int(lines[start + 2 * index]) << 8 | Int(lines[start + 2 * index + 1]) }
      let bit = index * depth
      return Int(lines[start + bit / 8]) >> (8 - depth - bit % 8) & (1 << depth - 1)
    }
    var values: [Double] = []
    values.reserveCapacity(width * height)
    for row in 0..<height {
      for first in stride(from: 0, to: samples, by: colour.channels) {
        var channels = (0..<colour.channels).map { sample(row, first + $0) }
        var most = greatest
        switch colour {
        case .palette:
          guard 3 * channels[0] + 2 < palette.count else {
            throw DataError(
              "the PNG is damaged: a pixel's colour is not in its palette; copy the file again", file: file)
          }
          channels = (0..<3).map { Int(palette[3 * channels[0] + $0]) }
          most = 255
        case .greyAlpha, .rgba:
          guard Double(channels.removeLast()) == greatest else {
            throw DataError("the PNG is transparent in places; save it without an alpha channel", file: file)
          }
        case .grey, .rgb: break
        }
        guard channels.allSatisfy({ $0 == channels[0] }) else {
          throw DataError("the PNG is in colour; save it as a grey picture", file: file)
        }
        values.append(Double(channels[0]) * 255 / most)
      }
    }
    return values
  }

  /// The lines as they were before PNG's filters, which leave differences to neighbouring pixels.
  private func unfiltered() throws -> [UInt8] {
    let bytes = (width * colour.channels * depth + 7) / 8
    let step = max(1, colour.channels * depth / 8)
    let filtered = try unpacked(count: height * (bytes + 1))
    var lines = [UInt8](repeating: 0, count: height * bytes)
    for row in 0..<height {
      let kind = filtered[row * (bytes + 1)]
      for index in 0..<bytes {
        let left = index >= step ? lines[row * bytes + index - step] : 0
        let above = row > 0 ? lines[(row - 1) * bytes + index] : 0
        let corner = row > 0 && index >= step ? lines[(row - 1) * bytes + index - step] : 0
        let guess: UInt8
        switch kind {
        case 0: guess = 0
        case 1: guess = left
        case 2: guess = above
        case 3: guess = UInt8((Int(left) + Int(above)) / 2)
        case 4: guess = paeth(left, above, corner)
        default: throw DataError("the PNG is damaged: it has a filter \(kind); copy the file again", file: file)
        }
        lines[row * bytes + index] = filtered[row * (bytes + 1) + 1 + index] &+ guess
      }
    }
    return lines
  }

  private func unpacked(count: Int) throws -> [UInt8] {
    // Deflate packs at most 1032 bytes into one: no memory is taken on a header's word alone.
    guard count / 1032 <= packed.count else {
      throw DataError("the PNG is damaged: its data break off; copy the file again", file: file)
    }
    var bytes = [UInt8](repeating: 0, count: count)
    var found = UInt(count)
    let code = uncompress(&bytes, &found, packed, UInt(packed.count))
    guard code == Z_OK, found == UInt(count) else {
      throw DataError("the PNG is damaged: its data cannot be unpacked; copy the file again", file: file)
    }
    return bytes
  }
}

/// Paeth's predictor: of left, above and corner that which is nearest to left + above − corner.
private func paeth(_ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
  let estimate = Int(left) + Int(above) - Int(corner)
  let distances = [left, above, corner].map { abs(estimate - Int($0)) }
  if distances[0] <= distances[1] && distances[0] <= distances[2] { return left }
  return distances[1] <= distances[2] ? above : corner
}
