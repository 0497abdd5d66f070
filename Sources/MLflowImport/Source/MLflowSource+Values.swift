import Database
import Kernel
import Registry
import Tracking

/// What the rows of MLflow's tables say, as Martlet keeps it.
extension MLflowSource {
    func experiment(_ row: SourceRow) throws -> Experiment {
        let createdAt = try row.optionalInteger(4) ?? 0
        let location = try row.optionalText(2) ?? ""
        let number = try row.integer(0)
        return Experiment(
            admitted: ExperimentID(number: number),
            name: try row.plainText(1),
            artifactLocation: location.isEmpty ? "mlflow-artifacts:/\(number)" : places.uri(location),
            isActive: try row.optionalText(3) != "deleted",
            createdAt: Timestamp(milliseconds: createdAt),
            updatedAt: Timestamp(milliseconds: try row.optionalInteger(5) ?? createdAt)
        )
    }

    func experimentTag(_ row: SourceRow) throws -> Owned<ExperimentID, Tag> {
        Owned(
            ExperimentID(number: try row.integer(0)),
            Tag(key: try row.plainText(1), value: row.isNull(2) ? "" : try row.plainText(2))
        )
    }

    func run(_ row: SourceRow) throws -> AdmittedRun {
        var run = AdmittedRun(
            id: RunID(try row.plainText(0)),
            experimentID: ExperimentID(number: try row.integer(1)),
            artifactURI: places.uri(try row.plainText(9))
        )
        run.name = try row.plainText(2)
        run.userID = try row.plainText(3)
        run.status = RunStatus(name: try row.text(4)) ?? .running
        run.startedAt = Timestamp(milliseconds: try row.integer(5))
        run.endedAt = try row.optionalInteger(6).map { Timestamp(milliseconds: $0) }
        if try row.optionalText(7) == "deleted" {
            run.deletedAt = Timestamp(milliseconds: try row.integer(8))
        }
        return run
    }

    func param(_ row: SourceRow) throws -> Owned<RunID, Param> {
        Owned(RunID(try row.plainText(0)), Param(key: try row.plainText(1), value: try row.plainText(2)))
    }

    func tag(_ row: SourceRow) throws -> Owned<RunID, Tag> {
        Owned(RunID(try row.plainText(0)), Tag(key: try row.plainText(1), value: try row.plainText(2)))
    }

    /// A point of a metric: run, key, step, timestamp, value and whether it is NaN.
    func point(_ row: SourceRow) throws -> Owned<RunID, Metric> {
        Owned(
            RunID(try row.plainText(0)),
            Metric(
                key: try row.plainText(1),
                value: try row.flag(5) ? .nan : try row.double(4),
                timestamp: Timestamp(milliseconds: try row.integer(3)),
                step: try row.integer(2)
            )
        )
    }

    /// What runs read, with the tags of each use, which lie in a table of their own.
    func datasetInputs(_ rows: [SourceRow]) async throws -> [Owned<RunID, DatasetInput>] {
        var tags: [String: [Tag]] = [:]
        let select: SQLText = "SELECT input_uuid, name, value FROM input_tags WHERE input_uuid IN"
        let inputs = try rows.map { try $0.text(2) }
        for row in try await self.rows(select, of: inputs, "ORDER BY input_uuid, name") {
            tags[try row.text(0), default: []].append(Tag(key: try row.plainText(1), value: try row.plainText(2)))
        }
        return try rows.map { row in
            let input = DatasetInput(
                name: try row.plainText(3),
                digest: try row.plainText(4),
                sourceType: try row.plainText(5),
                source: try row.plainText(6),
                schema: row.isNull(7) ? nil : try row.plainText(7),
                profile: row.isNull(8) ? nil : try row.plainText(8),
                tags: tags[try row.text(2)] ?? []
            )
            return Owned(RunID(try row.plainText(1)), input)
        }
    }

    func modelLink(_ row: SourceRow) throws -> Owned<RunID, ModelLink> {
        let isOutput = try row.text(0) == "RUN_OUTPUT"
        let output = ModelOutput(
            modelID: LoggedModelID(try row.plainText(3)),
            step: isOutput ? try row.integer(4) : 0
        )
        return Owned(RunID(try row.plainText(1)), ModelLink(isOutput: isOutput, output: output))
    }

    func loggedModel(_ row: SourceRow) throws -> AdmittedLoggedModel {
        var model = AdmittedLoggedModel(
            id: LoggedModelID(try row.plainText(0)),
            experimentID: ExperimentID(number: try row.integer(1)),
            name: try row.plainText(2),
            artifactURI: places.uri(try row.plainText(3))
        )
        model.modelType = try row.plainText(4)
        let run = try row.plainText(5)
        model.sourceRunID = run.isEmpty ? nil : RunID(run)
        model.status = LoggedModelStatus(rawValue: try row.integer(6)) ?? .pending
        model.createdAt = Timestamp(milliseconds: try row.integer(7))
        model.updatedAt = Timestamp(milliseconds: try row.integer(8))
        model.isDeleted = try row.optionalText(9) == "deleted"
        return model
    }

    func loggedModelParam(_ row: SourceRow) throws -> Owned<LoggedModelID, Param> {
        Owned(LoggedModelID(try row.plainText(0)), Param(key: try row.plainText(1), value: try row.plainText(2)))
    }

    func loggedModelTag(_ row: SourceRow) throws -> Owned<LoggedModelID, Tag> {
        Owned(LoggedModelID(try row.plainText(0)), Tag(key: try row.plainText(1), value: try row.plainText(2)))
    }

    /// A metric of a logged model, with the run that logged it.
    func loggedModelMetric(_ row: SourceRow) throws -> Owned<RunID, Metric> {
        let name = try row.plainText(6)
        let digest = try row.plainText(7)
        return Owned(
            RunID(try row.plainText(4)),
            Metric(
                key: try row.plainText(1),
                value: try row.optionalDouble(5) ?? .nan,
                timestamp: Timestamp(milliseconds: try row.integer(2)),
                step: try row.integer(3),
                modelID: LoggedModelID(try row.plainText(0)),
                datasetName: name.isEmpty ? nil : name,
                datasetDigest: digest.isEmpty ? nil : digest
            )
        )
    }
}

/// What MLflow's registry says.
extension MLflowSource {
    func registeredModel(_ row: SourceRow) throws -> AdmittedModel {
        AdmittedModel(
            name: try row.plainText(0),
            createdAt: Timestamp(milliseconds: try row.integer(1)),
            updatedAt: Timestamp(milliseconds: try row.integer(2)),
            description: row.isNull(3) ? nil : try row.plainText(3),
            lastNumber: Int(try row.integer(4))
        )
    }

    func registeredModelTag(_ row: SourceRow) throws -> Owned<String, Tag> {
        Owned(try row.plainText(0), Tag(key: try row.plainText(1), value: try row.plainText(2)))
    }

    func version(_ row: SourceRow) throws -> AdmittedVersion {
        let source = places.uri(try row.plainText(6))
        let location = places.uri(try row.plainText(9))
        var version = AdmittedVersion(
            modelName: try row.plainText(0),
            number: Int(try row.integer(1)),
            source: source,
            downloadURI: location.isEmpty ? source : location
        )
        version.createdAt = Timestamp(milliseconds: try row.integer(2))
        version.updatedAt = Timestamp(milliseconds: try row.integer(3))
        version.description = row.isNull(4) ? nil : try row.plainText(4)
        version.stage = ModelStage(rawValue: try row.text(5)) ?? .none
        let run = try row.plainText(7)
        version.runID = run.isEmpty ? nil : RunID(run)
        version.runLink = try row.plainText(8)
        return version
    }

    func versionTag(_ row: SourceRow) throws -> (name: String, number: Int, tag: Tag) {
        let tag = Tag(key: try row.plainText(2), value: try row.plainText(3))
        return (name: try row.plainText(0), number: Int(try row.integer(1)), tag: tag)
    }

    func alias(_ row: SourceRow) throws -> Owned<String, ModelAlias> {
        let alias = ModelAlias(admitted: try row.plainText(1), number: Int(try row.integer(2)))
        return Owned(try row.plainText(0), alias)
    }
}
