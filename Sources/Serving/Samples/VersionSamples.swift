import Analytics
import Kernel
import Synchronization

/// What predictions are told apart and explained by, read once for each version and kept.
final class VersionSamples: Sendable {
    private struct Kept {
        var backgrounds: [Variant.Identity: Background] = [:]
        var calibrations: [Variant.Identity: Calibration] = [:]
    }

    /// The most versions that are kept of a kind.
    private static let versionsMax = 64
    private let reader: SampleReader?
    private let kept = Mutex(Kept())

    /// What `reader` finds; nothing, where there is none.
    init(_ reader: SampleReader?) {
        self.reader = reader
    }

    /// The rows that `variant`, whose model takes what `plan` says, is explained against.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` that says what must be logged; what the reader throws.
    func background(of variant: Variant, _ plan: InputPlan) async throws -> Background {
        if let background = kept.withLock({ $0.backgrounds[variant.identity] }) { return background }
        let table = try await table(
            .background,
            of: variant,
            "An explanation",
            "a sample of the rows it was trained on"
        )
        let background = try Background(table, plan)
        kept.withLock { kept in
            if kept.backgrounds.count >= Self.versionsMax { kept.backgrounds = [:] }
            kept.backgrounds[variant.identity] = background
        }
        return background
    }

    /// How far off predictions of `variant` are.
    ///
    /// - Throws: as ``background(of:_:)``.
    func calibration(of variant: Variant) async throws -> Calibration {
        if let calibration = kept.withLock({ $0.calibrations[variant.identity] }) { return calibration }
        let what = "the columns prediction and target, or residual, of rows it was not trained on"
        let table = try await table(
            .calibration,
            of: variant,
            "The confidence of a model that answers no classes",
            what
        )
        let calibration = try Calibration(table)
        kept.withLock { kept in
            if kept.calibrations.count >= Self.versionsMax { kept.calibrations = [:] }
            kept.calibrations[variant.identity] = calibration
        }
        return calibration
    }

    private func table(
        _ kind: SampleKind,
        of variant: Variant,
        _ purpose: String,
        _ content: String
    ) async throws -> SampleTable {
        if let table = try await reader?(kind, variant.modelName, variant.version) { return table }
        throw MartletError(
            .invalidParameterValue,
            "\(purpose) needs martlet/\(kind.rawValue).parquet or .csv beside the model, with \(content);"
                + " version \(variant.version) of \(variant.modelName) has none"
        )
    }
}
