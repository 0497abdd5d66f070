import Foundation

/// The seed of this run's random inputs: another each time, or the one in `MARTLET_TEST_SEED`.
let testSeed: UInt64 =
    ProcessInfo.processInfo.environment["MARTLET_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64.max)
