import EventStream
import Kernel

/// What has come of an event.
enum StreamOutcome: Sendable {
    /// The reply's text.
    case answered([UInt8])
    /// Nobody can answer it.
    case refused(StreamRefusal)
}

/// Why an event can't be answered.
struct StreamRefusal: Sendable, Hashable {
    /// MLflow's name of the failure.
    let code: String
    /// What was wrong.
    let reason: String

    init(_ error: MartletError) {
        code = error.code.rawValue
        reason = error.message
    }
}

extension StreamMessage {
    /// The reply to `event`, which says `text`.
    init(replyTo event: StreamEvent, _ text: [UInt8], by model: StreamModel) {
        self.init(id: event.replyID, key: event.key, value: text, fields: Self.origin(of: event, model))
    }

    /// The dead letter of `event`: what came, as it came, and why it was not answered.
    init(deadLetterOf event: StreamEvent, _ refusal: StreamRefusal, by model: StreamModel) {
        // A header is text on one line.
        let reason = String(refusal.reason.prefix(2_000).map { $0.isNewline ? " " : $0 })
        self.init(
            id: event.replyID,
            key: event.key,
            value: event.value,
            fields: [Field("reason", reason), Field("code", refusal.code)] + Self.origin(of: event, model)
        )
    }

    private static func origin(of event: StreamEvent, _ model: StreamModel) -> [Field] {
        [Field("origin", event.place.description), Field("model", "\(model.name)/\(model.version)")]
    }
}

extension JSONWriter {
    /// The reply to `event`: `id`, `model_name`, `model_version`, and `prediction` as `/predict` has it, or `predictions`.
    mutating func reply(to event: StreamEvent, _ body: StreamBody, _ answer: ModelAnswer, by model: StreamModel) {
        object { writer in
            writer.name("id")
            writer.value(event.replyID)
            writer.name("model_name")
            writer.value(model.name)
            writer.name("model_version")
            writer.value(String(model.version))
            let rows = answer.document?.rows ?? body.inputs.rows
            let told = answer.document?.predictions
            if body.isList {
                writer.name("predictions")
                writer.array { writer in
                    if let told {
                        for prediction in told { writer.value(prediction) }
                    } else {
                        for row in 0..<rows { writer.prediction(row, of: rows, in: answer.outputs) }
                    }
                }
            } else {
                writer.name("prediction")
                if let told {
                    writer.value(told.first ?? .null)
                } else {
                    writer.prediction(0, of: rows, in: answer.outputs)
                }
            }
        }
    }
}
