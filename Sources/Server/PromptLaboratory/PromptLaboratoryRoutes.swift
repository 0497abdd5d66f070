import Hummingbird
import Kernel

/// MLflow's call by which its page keeps a prompt that was tried.
struct PromptLaboratoryRoutes: Sendable {
    let laboratory: PromptLaboratory

    func add(to router: Router<MartletContext>) {
        router.post("ajax-api/2.0/mlflow/runs/create-promptlab-run", use: create)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let trial = try PromptTrial(fields, now: laboratory.clock.now())
        let details = try await laboratory.keep(trial, by: context.actor)
        return .json { writer in
            writer.object { writer in
                writer.name("run")
                writer.run(details)
            }
        }
    }
}
