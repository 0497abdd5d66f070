package import Analytics
package import Artifacts
import Kernel
import ObjectStore
package import Registry
package import Tracking

/// What clients log beside a model: `martlet/reference.parquet`, or `.csv`, and in the same way `calibration`.
///
/// The version's own folder is looked at first, then the artifacts of the run that made it.
package struct ReferenceFiles: Sendable {
    private static let referenceName = "reference"
    private static let calibrationName = "calibration"

    private let registry: RegistryService
    private let tracking: TrackingService
    private let artifacts: ArtifactService
    private let analytics: AnalyticsDatabase

    /// The references in `artifacts`, which `analytics` may read.
    package init(
        registry: RegistryService,
        tracking: TrackingService,
        artifacts: ArtifactService,
        analytics: AnalyticsDatabase
    ) {
        self.registry = registry
        self.tracking = tracking
        self.artifacts = artifacts
        self.analytics = analytics
    }

    /// The reference of `monitored`: at most ``SampleTable/rowsMax`` rows, the same of one file each time, and the
    /// columns that the signature names; nil when none was logged.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the file is damaged or has none of the signature's columns;
    ///   `RESOURCE_DOES_NOT_EXIST` when the version is gone; `NOT_IMPLEMENTED` without the engine that reads files;
    ///   `TEMPORARILY_UNAVAILABLE`, `DEADLINE_EXCEEDED` and `RESOURCE_EXHAUSTED` when it can't now.
    package func table(of monitored: MonitoredVersion) async throws -> SampleTable? {
        try await reference(of: try await registry.version(monitored.modelName, .number(monitored.number)))
    }

    /// The same of `version`.
    ///
    /// - Throws: as ``table(of:)``.
    package func reference(of version: ModelVersion) async throws -> SampleTable? {
        guard let table = try await read(Self.referenceName, of: version) else { return nil }
        let signature = try await registry.model(of: version).signature
        return try Self.reference(table, of: version, signature)
    }

    /// The calibration of `version`, in the same way, all its columns; nil when none was logged.
    ///
    /// - Throws: as ``table(of:)``.
    package func calibration(of version: ModelVersion) async throws -> SampleTable? {
        guard let table = try await read(Self.calibrationName, of: version) else { return nil }
        return SampleTable(rowCount: table.rowCount, columns: table.columns.compactMap(Self.column))
    }

    private func read(_ name: String, of version: ModelVersion) async throws -> Table? {
        guard let (key, format) = try await find(name, of: version) else { return nil }
        do {
            let content = ObjectContent(path: key.name, digest: try await artifacts.digest(of: key))
            let folder = try await artifacts.objects.localFolder(key.parent, files: [content])
            defer { withExtendedLifetime(folder) {} }
            return try await analytics.readTable(
                at: "\(folder.path)/\(key.name)",
                format: format,
                sampleRowsMax: SampleTable.rowsMax
            )
        } catch let error as AnalyticsError {
            throw Self.told(error, name, of: version)
        }
    }

    private func find(_ name: String, of version: ModelVersion) async throws -> (ObjectKey, TableFormat)? {
        let names: [(path: String, format: TableFormat)] = [
            ("martlet/\(name).parquet", .parquet), ("martlet/\(name).csv", .csv),
        ]
        for (path, format) in names {
            guard case .pinned = version.pin else { break }
            let folder = try await registry.folder(of: version)
            // DuckDB reads in the artifact storage only.
            guard folder.isOwn else { break }
            let key = try folder.key(of: path)
            if try await artifacts.objects.exists(key) { return (key, format) }
        }
        guard let id = version.runID, let folder = try await runFolder(id) else { return nil }
        for (path, format) in names {
            let key = try folder.appending(path)
            if try await artifacts.objects.exists(key) { return (key, format) }
        }
        return nil
    }

    /// Where a run's artifacts are kept; nil when the run is gone or its artifacts are elsewhere.
    private func runFolder(_ id: RunID) async throws -> ObjectKey? {
        let scheme = "mlflow-artifacts:/"
        let uri: String
        do {
            uri = try await tracking.run(id).artifactURI
        } catch let error as MartletError where error.code == .resourceDoesNotExist {
            return nil
        }
        guard uri.hasPrefix(scheme), !uri.hasPrefix(scheme + "/") else { return nil }
        return try ObjectKey(String(uri.dropFirst(scheme.count)))
    }
}

extension ReferenceFiles {
    /// The columns that can be compared: those named in the signature, all of them where it names none.
    private static func reference(
        _ table: Table,
        of version: ModelVersion,
        _ signature: ModelSignature?
    ) throws -> SampleTable {
        let names = signature?.inputs?.compactMap(\.name) ?? []
        let isByColumn = signature?.inputs?.contains { if case .column(_?, _, _) = $0 { true } else { false } } ?? false
        let columns = table.columns.filter { !isByColumn || names.contains($0.name) }.compactMap(column)
        guard !columns.isEmpty else {
            let wanted = names.prefix(20).joined(separator: ", ")
            throw MartletError(
                .invalidParameterValue,
                "The reference of \(version.modelName)/\(version.number) has none of the columns of the signature: "
                    + (wanted.isEmpty ? "it has no column of numbers, booleans or text." : "\(wanted).")
            )
        }
        return SampleTable(rowCount: table.rowCount, columns: columns)
    }

    /// The column's values; nil for times and lists, which are not compared.
    private static func column(_ column: Column) -> SampleTable.Column? {
        let values: SampleTable.Values? =
            switch column.logicalType {
            case .numeric: column.numbers.map { .numbers($0) }
            case .boolean: column.booleans.map { .texts($0.map { $0.map { $0 ? "true" : "false" } }) }
            case .text: column.texts.map { .texts($0) }
            case .timestamp, .other: nil
            }
        return values.map { SampleTable.Column(name: column.name, values: $0) }
    }

    /// What the caller is told of a failure to read the file.
    private static func told(_ error: AnalyticsError, _ name: String, of version: ModelVersion) -> MartletError {
        let subject = "The \(name) of \(version.modelName)/\(version.number)"
        return switch error.code {
        case .libraryUnavailable:
            MartletError(
                .notImplemented,
                "\(subject) can't be read: the engine DuckDB is missing; `martlet doctor` says how to get it.",
                cause: error
            )
        case .fileUnreadable:
            MartletError(
                .invalidParameterValue,
                "\(subject) can't be read: it is not a Parquet file or a CSV file with a header.",
                cause: error
            )
        case .outOfMemory, .resultTooLarge:
            MartletError(.resourceExhausted, "\(subject) can't be read: it has too much data in a row.", cause: error)
        case .busy:
            MartletError(.temporarilyUnavailable, "\(subject) can't be read now; try again.", cause: error)
        case .deadlineExceeded:
            MartletError(.deadlineExceeded, "\(subject) could not be read in time.", cause: error)
        case .fileUnavailable, .engineBroken, .failed:
            MartletError(.internalError, "\(subject) could not be read.", cause: error)
        }
    }
}

extension MonitoredVersion {
    /// The version that the registry calls `version`.
    package init(_ version: ModelVersion) {
        self.init(modelName: version.modelName, number: version.number, createdAt: version.createdAt)
    }
}
