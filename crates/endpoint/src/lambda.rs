//! The same routes as an AWS Lambda function, behind a function URL or API Gateway's HTTP API.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::Arc;

use crate::App;

/// Environment variable that AWS Lambda sets.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Handles invocations until the environment shuts down. Each instance of the function is one of
/// the many instances of an endpoint; the client's address is in `X-Forwarded-For`
/// (`forwarded = true`).
///
/// # Errors
///
/// If the runtime API cannot be reached.
pub async fn run(app: &Arc<App>) -> Result<(), lambda_http::Error> {
    lambda_http::run(app.router()).await
}
