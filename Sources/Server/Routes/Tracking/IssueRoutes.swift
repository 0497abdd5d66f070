import Hummingbird
import Kernel
import Tracking

/// MLflow's calls on issues.
struct IssueRoutes {
    static let pageDefault = 100
    static let pageMax = 50_000
    let tracking: TrackingService

    /// Adds the routes below `…/mlflow`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("issues", use: create)
        group.post("issues/search", use: search)
        group.get("issues/:id", use: get)
        group.patch("issues/:id", use: update)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        var new = NewIssue(
            experimentID: try ExperimentID(try fields.requiredString("experiment_id")),
            name: try fields.requiredString("name"),
            description: try fields.requiredString("description")
        )
        new.status = try fields.oneOf("status") ?? .pending
        new.severity = try fields.oneOf("severity")
        new.rootCauses = try fields.strings("root_causes")
        new.sourceRunID = try fields.text("source_run_id").map { RunID($0) }
        new.categories = try fields.strings("categories")
        new.createdBy = try fields.text("created_by")
        return answer(try await tracking.createIssue(new, by: context.actor))
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        answer(try await tracking.issue(try context.parameters.require("id")))
    }

    @Sendable private func update(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let change = IssueChange(
            status: try fields.oneOf("status"),
            name: try fields.text("name"),
            description: try fields.text("description"),
            severity: try fields.oneOf("severity")
        )
        let id = try context.parameters.require("id")
        return answer(try await tracking.updateIssue(id, change, by: context.actor))
    }

    @Sendable private func search(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let search = IssueSearch(
            experimentID: try fields.text("experiment_id").map { try ExperimentID($0) },
            filter: try fields.string("filter_string"),
            limit: try fields.limit(default: Self.pageDefault, max: Self.pageMax),
            page: try fields.page()
        )
        let page = try await tracking.searchIssues(search)
        return .json { writer in
            writer.object { writer in
                writer.member("issues", unlessEmpty: page.items) { $0.issue($1) }
                // MLflow writes this one also where there is no further page.
                writer.member("next_page_token", page.next?.text ?? "")
            }
        }
    }

    private func answer(_ issue: ExperimentIssue) -> Response {
        .json { writer in
            writer.object { writer in
                writer.name("issue")
                writer.issue(issue)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func issue(_ issue: ExperimentIssue) {
        object { writer in
            writer.member("issue_id", issue.id)
            writer.member("experiment_id", issue.experimentID.description)
            writer.member("name", issue.name)
            writer.member("description", issue.description)
            writer.member("status", issue.status.rawValue)
            writer.member("severity", ifPresent: issue.severity?.rawValue)
            writer.member("root_causes", unlessEmpty: issue.rootCauses) { $0.value($1) }
            writer.member("source_run_id", ifPresent: issue.sourceRunID?.text)
            writer.member("created_timestamp", issue.createdAt)
            writer.member("last_updated_timestamp", issue.updatedAt)
            writer.member("created_by", ifPresent: issue.createdBy)
            writer.member("categories", unlessEmpty: issue.categories) { $0.value($1) }
        }
    }
}
