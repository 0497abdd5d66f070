import Glibc

/// The natural logarithm, which the standard library leaves to the system.
enum Logarithm {
    /// ln of `value`, more than 0.
    static func of(_ value: Double) -> Double { log(value) }

    /// The number whose logarithm is `value`.
    static func inverse(_ value: Double) -> Double { exp(value) }
}
