import FoundationEssentials
package import Kernel

extension WallClock {
    /// The machine's clock.
    package static let system = WallClock { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}
