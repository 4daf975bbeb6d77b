/// The seconds from 1970-01-01 00:00 UTC to a time; nil if something else is written there.
///
/// The form is that of ISO 8601: `2024-05-01`, `2024-05-01 12:30`, `2024-05-01T12:30:15.5Z`, `…+02:00`; without a zone it is
/// UTC.
func timestamp(in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Double? {
  var scan = TimestampScan(bytes: bytes, position: range.lowerBound, end: range.upperBound)
  guard let year = scan.digits(4), scan.take("-"), let month = scan.digits(2), scan.take("-"), let day = scan.digits(2),
    (1...12).contains(month), day >= 1, day <= length(ofMonth: month, year)
  else { return nil }
  var seconds = Double(days(year, month, day)) * 86_400
  if scan.isAtEnd { return seconds }
  guard scan.take("T") || scan.take(" "), let hour = scan.digits(2), scan.take(":"), let minute = scan.digits(2),
    hour < 24, minute < 60
  else { return nil }
  seconds += Double(hour * 3600 + minute * 60)
  if scan.take(":") {
    guard let second = scan.digits(2), second <= 60 else { return nil }
    seconds += Double(second)
    if scan.take(".") {
      guard let fraction = scan.fraction() else { return nil }
      seconds += fraction
    }
  }
  if scan.isAtEnd || scan.take("Z") && scan.isAtEnd { return seconds }
  let isEast = scan.take("+")
  guard isEast || scan.take("-"), let hours = scan.digits(2) else { return nil }
  _ = scan.take(":")
  guard let minutes = scan.isAtEnd ? 0 : scan.digits(2), scan.isAtEnd, hours < 24, minutes < 60 else { return nil }
  return seconds - (isEast ? 1 : -1) * Double(hours * 3600 + minutes * 60)
}

private func length(ofMonth month: Int, _ year: Int) -> Int {
  switch month {
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// The days from 1970-01-01 in the Gregorian calendar.
///
/// H. Hinnant, chrono-compatible low-level date algorithms, 2013.
private func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
  let year = month <= 2 ? year - 1 : year
  let era = (year >= 0 ? year : year - 399) / 400
  let yearOfEra = year - era * 400
  let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

private struct TimestampScan {
  let bytes: UnsafeBufferPointer<UInt8>
  var position: Int
  let end: Int

  var isAtEnd: Bool { position == end }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// A number of exactly `count` digits.
  mutating func digits(_ count: Int) -> Int? {
    guard end - position >= count else { return nil }
    var number = 0
    for _ in 0..<count {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      number = number * 10 + Int(digit)
      position += 1
    }
    return number
  }

  /// What stands behind the point.
  mutating func fraction() -> Double? {
    var (value, unit) = (0.0, 0.1)
    let start = position
    while position < end {
      let digit = bytes[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      value += Double(digit) * unit
      unit /= 10
      position += 1
    }
    return position > start ? value : nil
  }
}
