import Hummingbird
import Kernel
import Serving

/// What callers tell of predictions later: a number of the business, and what turned out to be true.
struct FeedbackRoutes {
    let serving: ServingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        router.post("api/v1/feedback", use: take)
    }

    /// One object, or `{"feedback": [objects]}`.
    @Sendable private func take(_ request: Request, _ context: MartletContext) async throws -> Response {
        let body = try await request.jsonObject()
        let fields = MLflowFields(body)
        let several = body["feedback"] != nil
        let given = several ? try fields.objects("feedback") : [fields]
        guard given.count <= ServingService.feedbackMax else {
            throw MartletError(
                .invalidParameterValue,
                "\"feedback\" must have at most \(ServingService.feedbackMax) elements, found \(given.count)"
            )
        }
        let receipt = try await serving.take(
            try given.map { one in
                try Feedback(
                    requestID: try one.requiredString("request_id"),
                    value: try one.double("value"),
                    groundTruth: try one.value("ground_truth")
                )
            }
        )
        return .json { writer in
            writer.object { writer in
                writer.member("received", Int64(receipt.received))
                writer.member("matched", Int64(receipt.matched))
                writer.name("unknown")
                writer.array { writer in for id in receipt.unknown { writer.value(id) } }
            }
        }
    }
}
