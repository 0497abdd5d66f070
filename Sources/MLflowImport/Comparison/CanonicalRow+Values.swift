import Kernel
import Registry
import Tracking
import Webhooks

/// What is compared of each kind.
extension CanonicalRow {
    /// The experiment `Default` is older here than what comes to it, so its times and its place are its own.
    init(_ experiment: Experiment) {
        self.init(experiment.id.description, experiment.name)
        add(experiment.isActive)
        guard experiment.id.number != 0 else { return }
        add(experiment.artifactLocation)
        add(experiment.createdAt.milliseconds)
        add(experiment.updatedAt.milliseconds)
    }

    init(_ run: AdmittedRun) {
        self.init(run.id.text, run.experimentID.description, run.name, run.userID, run.status.name, run.artifactURI)
        add(run.startedAt.milliseconds)
        add(run.endedAt?.milliseconds)
        add(run.deletedAt == nil)
    }

    init(_ run: Run) {
        var admitted = AdmittedRun(id: run.id, experimentID: run.experimentID, artifactURI: run.artifactURI)
        admitted.name = run.name
        admitted.userID = run.userID
        admitted.status = run.status
        admitted.startedAt = run.startedAt
        admitted.endedAt = run.endedAt
        admitted.deletedAt = run.isActive ? nil : run.startedAt
        self.init(admitted)
    }

    init(_ owner: some CustomStringConvertible, _ tag: Tag) {
        self.init(owner.description, tag.key, tag.value)
    }

    init(_ owner: some CustomStringConvertible, _ param: Param) {
        self.init(owner.description, param.key, param.value)
    }

    init(_ run: RunID, _ metric: Metric) {
        self.init(run.text, metric.key)
        add(metric.step)
        add(metric.timestamp.milliseconds)
        add(metric.value)
        add(metric.modelID?.text)
        add(metric.datasetName)
        add(metric.datasetDigest)
    }

    init(_ run: RunID, _ input: DatasetInput) {
        self.init(run.text, input.name, input.digest, input.sourceType, input.source)
        add(input.schema)
        add(input.profile)
        for tag in input.tags.sorted(by: { ($0.key, $0.value) < ($1.key, $1.value) }) {
            add(tag.key)
            add(tag.value)
        }
    }

    init(_ run: RunID, _ link: ModelLink) {
        self.init(run.text, link.output.modelID.text)
        add(link.isOutput)
        add(link.output.step)
    }

    init(_ model: AdmittedLoggedModel) {
        self.init(model.id.text, model.experimentID.description, model.name, model.artifactURI, model.modelType)
        add(model.sourceRunID?.text)
        add(model.status.rawValue)
        add(model.createdAt.milliseconds)
        add(model.updatedAt.milliseconds)
        add(model.isDeleted)
    }

    init(_ model: LoggedModel, isDeleted: Bool) {
        var admitted = AdmittedLoggedModel(
            id: model.id,
            experimentID: model.experimentID,
            name: model.name,
            artifactURI: model.artifactURI
        )
        admitted.modelType = model.modelType
        admitted.sourceRunID = model.sourceRunID
        admitted.status = model.status
        admitted.createdAt = model.createdAt
        admitted.updatedAt = model.updatedAt
        admitted.isDeleted = isDeleted
        self.init(admitted)
    }

    /// A registered model, as either side has it.
    init(model name: String, createdAt: Timestamp, updatedAt: Timestamp, description: String?) {
        self.init(name)
        add(createdAt.milliseconds)
        add(updatedAt.milliseconds)
        add(description)
    }

    init(_ version: AdmittedVersion) {
        self.init(version.modelName, String(version.number), version.stage.rawValue, version.source)
        add(version.downloadURI)
        add(version.createdAt.milliseconds)
        add(version.updatedAt.milliseconds)
        add(version.description)
        add(version.runID?.text)
        add(version.runLink)
    }

    init(_ version: ModelVersion) {
        var admitted = AdmittedVersion(
            modelName: version.modelName,
            number: version.number,
            source: version.source,
            downloadURI: version.downloadURI
        )
        admitted.stage = version.stage
        admitted.createdAt = version.createdAt
        admitted.updatedAt = version.updatedAt
        admitted.description = version.description
        admitted.runID = version.runID
        admitted.runLink = version.runLink
        self.init(admitted)
    }

    init(_ model: String, _ alias: ModelAlias) {
        self.init(model, alias.name)
        add(Int64(alias.number))
    }

    init(_ trace: Trace) {
        self.init(trace.id.text, trace.experimentID.description, trace.state.rawValue)
        add(trace.requestedAt.milliseconds)
        add(trace.durationMs)
        add(trace.clientRequestID)
        add(trace.requestPreview)
        add(trace.responsePreview)
    }

    init(_ trace: TraceID, _ assessment: Assessment) {
        self.init(trace.text, assessment.name, assessment.statement.kind.rawValue, assessment.source.kind.rawValue)
        add(assessment.id)
        add(assessment.statement.fields.text)
        add(assessment.source.id)
        add(assessment.rationale)
        add(assessment.spanID)
        add(assessment.createdAt?.milliseconds)
        add(assessment.updatedAt?.milliseconds)
        add(assessment.overrides)
        add(assessment.isValid)
        for item in assessment.metadata {
            add(item.key)
            add(item.value)
        }
    }

    /// A webhook that is told of `events`, in the order of their names.
    init(_ webhook: Webhook, events: [String]) {
        self.init(webhook.id, webhook.name, webhook.url, webhook.description, webhook.status.rawValue)
        add(webhook.createdAt.milliseconds)
        add(webhook.updatedAt.milliseconds)
        for event in events { add(event) }
    }

    /// A file of artifacts.
    init(file key: String, sizeBytes: Int64, _ digest: ContentDigest) {
        self.init(key, digest.hexadecimal)
        add(sizeBytes)
    }
}
