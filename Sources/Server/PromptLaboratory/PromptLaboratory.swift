import Kernel
import Ledger
import NIOCore
import Tracking

/// Keeps what was tried in MLflow's prompt laboratory: a finished run with the trial's settings, files and model.
struct PromptLaboratory: Sendable {
    /// Where the page finds the table; spaced as Python writes JSON.
    private static let loggedArtifacts = #"[{"path": "\#(PromptTrialModel.tableName)", "type": "table"}]"#

    let tracking: TrackingService
    let files: ArtifactWriter
    let clock: WallClock

    /// The run in which `trial` is kept; when something goes wrong on the way, the run stays, as failed where that
    /// can be noted.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` without such an experiment; `INVALID_PARAMETER_VALUE` when it is deleted, when
    ///   the server does not keep its artifacts, or when a name is out of bounds; what the artifact store throws.
    func keep(_ trial: PromptTrial, by actor: Actor) async throws -> RunDetails {
        let experiment = try await tracking.experiment(trial.run.experimentID)
        try await files.check(experiment.artifactLocation)
        let run = try await tracking.createRun(trial.run, by: actor).run
        do {
            try await fill(run, with: trial)
            _ = try await tracking.updateRun(run.id, RunChange(status: .finished, endedAt: clock.now()), by: actor)
        } catch {
            // Where that fails too, what went wrong first says more.
            _ = try? await tracking.updateRun(run.id, RunChange(status: .failed, endedAt: clock.now()), by: actor)
            throw error
        }
        return try await tracking.runDetails(run.id)
    }

    private func fill(_ run: Run, with trial: PromptTrial) async throws {
        try await tracking.log(
            RunBatch(
                params: trial.settings + [
                    Param(key: "model_route", value: trial.endpoint),
                    Param(key: "prompt_template", value: trial.template),
                ],
                tags: [
                    Tag(key: "mlflow.loggedArtifacts", value: Self.loggedArtifacts),
                    Tag(key: "mlflow.runSourceType", value: "PROMPT_ENGINEERING"),
                ]
            ),
            to: run.id
        )
        var generator = SystemRandomNumberGenerator()
        let model = PromptTrialModel(
            trial: trial,
            runID: run.id,
            id: Hexadecimal.random(using: &generator),
            createdAt: clock.now()
        )
        try await tracking.logModel(model.history.text, to: run.id)
        for file in model.files {
            try await files.write(ByteBuffer(string: file.text), to: file.path, below: run.artifactURI)
        }
    }
}
