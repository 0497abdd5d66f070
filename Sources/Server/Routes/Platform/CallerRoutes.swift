import Hummingbird
import Kernel
import Ledger

/// Who the caller is to this server.
struct CallerRoutes {
    /// Adds the route at the root.
    func add(to router: Router<MartletContext>) {
        router.get("api/v1/me") { _, context in
            let actor = context.actor
            return Response.json { writer in
                writer.object { writer in
                    writer.member("name", actor.name)
                    writer.member("has_token", actor != .local && actor != .anonymous)
                }
            }
        }
    }
}
